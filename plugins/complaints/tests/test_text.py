"""Texts: cleaned, measured, masked."""

import unicodedata

import pytest
from civicapp_complaints.config import ComplaintsConfig
from civicapp_complaints.domain.text import (
    MASK,
    BadText,
    MaskRules,
    clean,
    mask,
    one_line,
    read_description,
)
from hypothesis import given
from hypothesis import strategies as st

from civicapp import Region


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("  a \r\n b\rc\u2028d  ", "a\n b\nc\nd"),
        ("a\n\n\n\nb", "a\n\nb"),
        ("a\x00b\x1b[31mc\x7f", "ab[31mc"),
        ("a\tb", "a b"),
        ("<script>alert(1)</script> & <b>", "<script>alert(1)</script> & <b>"),
        ("\u202ejalan\u202c \u2066x\u2069\ufeff", "jalan x"),
        ("lone \ud800 surrogate", "lone  surrogate"),
        ("e\u0301", "é"),
        ("👩\u200d🚒 می\u200cخواهم", "👩\u200d🚒 می\u200cخواهم"),
        (" \n\t\x00", ""),
    ],
)
def test_cleaning(typed: str, text: str) -> None:
    assert clean(typed) == text


@given(st.text())
def test_cleaned_texts_can_be_stored_and_stay_as_they_are(typed: str) -> None:
    text = clean(typed)
    assert clean(text) == text
    assert text.encode().decode() == text
    assert not [c for c in text if unicodedata.category(c) in ("Cc", "Cs") and c != "\n"]
    assert "\n\n\n" not in text
    assert "\n" not in one_line(typed)


def test_the_length_counts_after_cleaning() -> None:
    assert read_description("x" * 4000 + "  \r\n", limit=4000) == "x" * 4000
    assert len(read_description("x\r\n" * 2000 + "x", limit=4001)) == 4001
    with pytest.raises(BadText) as refused:
        read_description("x" * 4001, limit=4000)
    assert refused.value.words == {"n": 4001, "limit": 4000}
    assert refused.value.field == "description"


def test_a_text_is_long_enough_or_a_photo_says_it_all() -> None:
    for typed in ("", "  \n", "Rusak."):
        with pytest.raises(BadText, match="at least 10"):
            read_description(typed, limit=4000, minimum=10)
    assert read_description("", limit=4000, minimum=10, may_be_empty=True) == ""
    with pytest.raises(BadText):
        read_description("Rusak.", limit=4000, minimum=10, may_be_empty=True)


@pytest.fixture(scope="session")
def rules(lampung: Region) -> MaskRules:
    config = lampung.config("complaints", ComplaintsConfig)
    return MaskRules(
        config.phone_country, config.phone_trunk, config.id_digits, config.plate_pattern
    )


@pytest.mark.parametrize(
    ("text", "masked", "found"),
    [
        ("Hubungi 0812-3456-7890 ya", f"Hubungi {MASK} ya", ("phone",)),
        ("WA +62 812 3456 7890.", f"WA {MASK}.", ("phone",)),
        ("6281234567890", MASK, ("phone",)),
        ("telepon (0721) 123456", f"telepon {MASK}", ("phone",)),
        ("dua: 081234567890 dan 081298765432", f"dua: {MASK} dan {MASK}", ("phone",)),
        ("NIK 1871012345670001", f"NIK {MASK}", ("id",)),
        ("NIK 187101 234567 0001", f"NIK {MASK}", ("id",)),
        ("KK:1871-0123-4567-0001,", f"KK:{MASK},", ("id",)),
        ("tulis ke a.b-c+d@mail.example.co.id.", f"tulis ke {MASK}.", ("email",)),
        ("mobil BE 1234 XY ngebut", f"mobil {MASK} ngebut", ("plate",)),
        ("motor be1234xy", f"motor {MASK}", ("plate",)),
        ("truk B 9123 KXT", f"truk {MASK}", ("plate",)),
        ("0812 3456 7890 atau x@y.id, BE 12 A", f"{MASK} atau {MASK}, {MASK}",
         ("email", "phone", "plate")),
        # none of these tells who someone is
        ("Jl. Teuku Umar No. 12, RT 05 RW 02", None, ()),
        ("buka 07.00-16.00 dan 08:00 - 14:30", None, ()),
        ("sejak 01-08-2026 14.05 WIB", None, ()),
        ("sejak 2026-08-01 dan 1 8 2026", None, ()),
        ("km 11 di simpang tiga, 100 m lagi", None, ()),
        ("biaya Rp1.250.000 atau Rp 62.500.000", None, ()),
        ("telepon 112 atau 110, 1500123", None, ()),
        ("titik -5.4292, 105.2610", None, ()),
        ("laporan LPG-7K3Q-9XW2-W", None, ()),
        ("jalan @ pasar, grup @warga", None, ()),
    ],
)  # fmt: skip
def test_masking(rules: MaskRules, text: str, masked: str | None, found: tuple[str, ...]) -> None:
    result = mask(text, rules)
    assert result.text == (masked if masked is not None else text)
    assert result.found == found


def test_without_rules_only_international_numbers_and_addresses_are_masked() -> None:
    text = "0812 3456 7890, +62 812 3456 7890, a@example.com, 1871012345670001"
    masked = f"0812 3456 7890, {MASK}, {MASK}, 1871012345670001"
    assert mask(text, MaskRules()).text == masked


@given(st.text(alphabet="0123456789 .-()+@abBE\n", max_size=200))
def test_masking_ends_and_leaves_no_long_number_of_a_person(text: str) -> None:
    assert "1871012345670001" not in mask(f"{text} 1871012345670001", MaskRules(id_digits=16)).text


def test_masking_is_quick_on_long_texts(rules: MaskRules) -> None:
    for text in ("0 " * 2000, "a" * 4000, "a@" * 2000, "0(" * 2000, "BE " * 1300):
        mask(text, rules)
