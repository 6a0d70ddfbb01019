"""Encrypted fields, keys, passwords, codes."""

import datetime
import stat

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from civicapp.i18n import Catalogs
from civicapp.identity.crypto import BadKey, Cipher, Sealed, kept_key, open_cipher, read_key
from civicapp.identity.passwords import Hasher, check_password, common_words
from civicapp.identity.refusal import Refusal
from civicapp.identity.totp import new_recovery_codes, recovery_digest, used_step
from civicapp.settings import Settings, read_settings

OLD, NEW = bytes(range(32)), bytes(range(32, 64))


@given(st.text(max_size=300))
def test_what_is_encrypted_opens_with_the_same_purpose_alone(text):
    cipher = Cipher([OLD])
    sealed = cipher.encrypt(text, "a:1")
    assert cipher.decrypt(sealed, "a:1") == text
    assert sealed != cipher.encrypt(text, "a:1")
    with pytest.raises(Sealed):
        cipher.decrypt(sealed, "a:2")


@given(st.integers(0, 40), st.integers(1, 255))
def test_a_changed_byte_opens_nothing(place, change):
    cipher = Cipher([OLD])
    sealed = bytearray(cipher.encrypt("0812-3456-7890", "x"))
    sealed[place % len(sealed)] ^= change
    with pytest.raises(Sealed):
        cipher.decrypt(bytes(sealed), "x")


@pytest.mark.parametrize("data", [b"", b"\x01", b"\x02" * 40, b"\x01" + b"x" * 60])
def test_what_is_no_ciphertext_opens_nothing(data):
    with pytest.raises(Sealed):
        Cipher([OLD]).decrypt(data, "x")


def test_a_new_key_opens_what_the_old_one_made(tmp_path):
    sealed = Cipher([OLD]).encrypt("text", "x")
    both = Cipher([NEW, OLD])
    assert both.decrypt(sealed, "x") == "text"
    assert both.is_old(sealed)
    assert not both.is_old(both.encrypt("text", "x"))
    with pytest.raises(Sealed):
        Cipher([NEW]).decrypt(sealed, "x")
    settings = Settings(secret_key=SecretStr(f"{NEW.hex()}, {OLD.hex()}"))
    opened = open_cipher(settings, tmp_path)
    assert opened is not None
    assert opened.decrypt(sealed, "x") == "text"


def test_signatures_fit_one_text_and_purpose():
    cipher = Cipher([OLD])
    signature = cipher.sign("text", "form")
    assert cipher.verify(signature, "text", "form")
    for wrong in [("text", "other"), ("texT", "form")]:
        assert not cipher.verify(signature, *wrong)
    assert not cipher.verify("é", "text", "form")


@pytest.mark.parametrize("text", ["", "xy", "00" * 31, "00" * 32, "g" * 64])
def test_a_weak_or_broken_key_is_refused_and_not_shown(text):
    with pytest.raises(BadKey) as refused:
        read_key(text)
    assert not text or text not in str(refused.value)
    if len(text) != 64:
        wrong = read_settings(secret_key=text)
        assert isinstance(wrong, list)
        assert not text or text not in str(wrong)


def test_the_key_of_a_demonstration_is_made_once_for_its_owner_alone(tmp_path):
    key = kept_key(tmp_path / "data")
    assert kept_key(tmp_path / "data") == key
    (file,) = (tmp_path / "data").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_text("nonsense")
    with pytest.raises(BadKey):
        kept_key(tmp_path / "data")


def test_a_production_host_is_given_its_key(tmp_path):
    assert open_cipher(Settings(env="production"), tmp_path / "data") is None
    assert not (tmp_path / "data").exists()
    assert open_cipher(Settings(), tmp_path / "data") is not None


@pytest.mark.parametrize(
    "password",
    ["short", "password1234", "P@ssw0rdP@ssw0rd", "katasandi 123456", "lampung2026lampung",
     "123456789012", "aaaaaaaaaaaaaaa", "qwertyuiop12", "abcabcabcabc", "mawar.satu@office.example",
     "mawar satu 1234", "x" * 201],
)  # fmt: skip
def test_what_is_guessed_first_is_refused(password):
    common = common_words(Catalogs(("id", "en"), {}, {}), ("id", "en"))
    assert len(common) > 30
    with pytest.raises(Refusal) as refused:
        check_password(password, "mawar.satu@office.example", "Mawar Satu", common=common)
    assert refused.value.field == "password"


@pytest.mark.parametrize(
    "password",
    ["kuda batu merah", "x7Kq2mPz91Ls", "jalan kopi hujan 7", "пароль из слов", "83!92#71@05$6x"],
)
def test_no_rule_asks_for_kinds_of_characters(password):
    check_password(password, "mawar.satu@office.example", "Mawar Satu")


def test_letters_are_the_same_however_they_are_composed(hasher: Hasher):
    kept = hasher.hash_now("cafe\u0301 di pasar")
    assert hasher.verify_now("caf\u00e9 di pasar", kept)[0]
    assert not hasher.verify_now("cafe di pasar", kept)[0]


def test_an_old_hash_is_made_anew(hasher: Hasher):
    fits, better = Hasher().verify_now("kuda batu merah", hasher.hash_now("kuda batu merah"))
    assert fits
    assert better is not None


@given(st.integers(0, 2**31))
def test_a_code_is_good_for_its_step_and_the_ones_beside_it_once(seconds):
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    now = datetime.datetime.fromtimestamp(seconds + 120, datetime.UTC)
    code = pyotp.TOTP(secret).at(now)
    step = used_step(secret, code, None, now)
    assert step is not None
    assert used_step(secret, f"{code[:3]} {code[3:]}", None, now) == step
    assert used_step(secret, code, step, now) is None
    later = now + datetime.timedelta(seconds=90)
    assert used_step(secret, code, None, later) in (None, later.timestamp() // 30)


def test_recovery_codes_forgive_how_they_are_typed():
    code = new_recovery_codes()[0]
    assert recovery_digest(code.lower().replace("-", "")) == recovery_digest(code)
    assert recovery_digest("0000-0000-0000-0000") == recovery_digest("oooo oooo oooo oooo")
    assert recovery_digest("1111111111111111") == recovery_digest("iIlL11111111IIII")
    for wrong in ("", "123456", "u" * 16, "1" * 17):
        assert recovery_digest(wrong) is None
