"""Names, e-mail addresses and telephone numbers as people type them."""

import contextlib

import pytest
from civicapp_complaints.domain.contact import (
    E164,
    BadContact,
    Contact,
    Dialling,
    read_contact,
    read_email,
    read_name,
    read_phone,
)
from hypothesis import given
from hypothesis import strategies as st

INDONESIA = Dialling("62", "0")
ITALY = Dialling("39", None)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("081234567890", "+6281234567890"),
        ("0812-3456-7890", "+6281234567890"),
        (" 0812 3456 7890 ", "+6281234567890"),
        ("6281234567890", "+6281234567890"),
        ("+6281234567890", "+6281234567890"),
        ("+62 812 3456 7890", "+6281234567890"),
        ("+62 (0)812-3456-7890", "+6281234567890"),
        ("62 0812 3456 7890", "+6281234567890"),
        ("006281234567890", "+6281234567890"),
        ("(0721) 123456", "+62721123456"),
        ("0721/123456", "+62721123456"),
        ("０８１２３４５６７８９０", "+6281234567890"),
        ("٠٨١٢٣٤٥٦٧٨٩٠", "+6281234567890"),
        ("\u200e0812\u20113456\u20117890", "+6281234567890"),
        ("+60 12-345 6789", "+60123456789"),
    ],
)
def test_numbers_become_one_form(typed: str, number: str) -> None:
    assert read_phone(typed, INDONESIA) == number


@pytest.mark.parametrize(
    "typed",
    [
        "8123456789",
        "0812",
        "+62",
        "112",
        "+0812345678",
        "08123456789012345",
        "0812x3456789",
        "0812345678 ext 9",
        "++6281234567890",
        "name@example.com",
        "0812\n3456789;",
        "",
    ],
)
def test_what_is_no_number_says_how_to_write_it(typed: str) -> None:
    with pytest.raises(BadContact) as refused:
        read_phone(typed, INDONESIA)
    assert refused.value.field == "phone"
    assert "0 or +" in str(refused.value)


def test_nothing_about_a_country_is_built_in() -> None:
    with pytest.raises(BadContact, match="country code"):
        read_phone("081234567890", Dialling())
    assert read_phone("+6281234567890", Dialling()) == "+6281234567890"
    # Italian numbers keep their zero.
    assert read_phone("+39 06 1234 5678", ITALY) == "+390612345678"
    assert read_phone("39 06 1234 5678", ITALY) == "+390612345678"


@given(st.from_regex(r"8[0-9]{8,10}", fullmatch=True), st.text(" -.()", max_size=3))
def test_three_ways_to_write_a_number_are_one(rest: str, mark: str) -> None:
    ways = [f"0{mark}{rest}", f"62{mark}{rest}", f"+62{mark}{rest}"]
    assert {read_phone(way, INDONESIA) for way in ways} == {f"+62{rest}"}


@given(st.text(max_size=40))
def test_whatever_is_typed_is_a_number_or_refused(typed: str) -> None:
    with contextlib.suppress(BadContact):
        assert E164.fullmatch(read_phone(typed, INDONESIA))


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("name@example.com", "name@example.com"),
        (" Name.Of-1+x@EXAMPLE.Co.Id ", "Name.Of-1+x@example.co.id"),
        ("name@bücher.example", "name@xn--bcher-kva.example"),
    ],
)
def test_addresses_are_kept_but_for_their_domain(typed: str, address: str) -> None:
    assert read_email(typed) == address


@pytest.mark.parametrize(
    "typed",
    [
        "name",
        "name@",
        "@example.com",
        "name@example",
        "name@example..com",
        "name@.example.com",
        "name@-example.com",
        ".name@example.com",
        "name.@example.com",
        "na..me@example.com",
        "na me@example.com",
        "name@exam ple.com",
        "name@@example.com",
        "a@b@example.com",
        "name@127.0.0.1",
        "name@[127.0.0.1]",
        "name@example.com\nBcc: other@example.com",
        "name@example.com, other@example.com",
        "<name@example.com>",
        '"na me"@example.com',
        "x" * 65 + "@example.com",
        "name@" + "x" * 64 + ".com",
        "name@" + "x." * 130 + "com",
        "nämé@example.com",
    ],
)
def test_addresses_that_no_mail_reaches_are_refused(typed: str) -> None:
    with pytest.raises(BadContact) as refused:
        read_email(typed)
    assert refused.value.field == "email"


def test_a_name_is_one_line() -> None:
    assert read_name("  Ibu\t\nWarga\x00 ") == "Ibu Warga"
    assert read_name("\x00 ") is None
    assert read_name("<b>Warga</b>") == "<b>Warga</b>"
    with pytest.raises(BadContact, match="101"):
        read_name("x" * 101)


def test_all_faults_show_at_once() -> None:
    contact, faults = read_contact("Warga", "nobody", "12", INDONESIA)
    assert contact == Contact(name="Warga")
    assert [f.field for f in faults] == ["email", "phone"]
    assert not contact.reachable


def test_empty_fields_are_none() -> None:
    assert read_contact("", " ", None, INDONESIA) == (Contact(), ())
    contact, faults = read_contact(None, "name@example.com", "", INDONESIA)
    assert not faults
    assert contact.reachable
