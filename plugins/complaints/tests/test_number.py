"""Tracking numbers and secrets."""

import string

import pytest
from civicapp_complaints.domain.number import (
    ALPHABET,
    check_character,
    digest_of,
    new_number,
    new_secret,
    number_of,
    opens,
    parse,
    shown,
)
from hypothesis import given
from hypothesis import strategies as st

VALUES = st.integers(0, 2**40 - 1)
PREFIXES = st.text(string.ascii_uppercase, min_size=2, max_size=4)


def test_the_example_of_the_specification() -> None:
    assert check_character("7K3Q9XW2") == "W"
    assert shown("7K3Q9XW2W", "LPG") == "LPG-7K3Q-9XW2-W"


@pytest.mark.parametrize(
    "typed",
    [
        "LPG-7K3Q-9XW2-W",
        "lpg-7k3q-9xw2-w",
        "7K3Q9XW2W",
        "7k3q 9xw2 w",
        "  LPG 7K3Q 9XW2 W ",
        "1pg-7k3q-9xw2-w",
        "LPG–7K3Q–9XW2–W",
        "#LPG-7K3Q-9XW2-W.",
    ],
)
def test_numbers_are_read_as_people_type_them(typed: str) -> None:
    assert parse(typed, "LPG") == "7K3Q9XW2W"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "LPG",
        "LPG-7K3Q-9XW2",
        "LPG-7K3Q-9XW2-X",
        "JKT-7K3Q-9XW2-W",
        "LPG-7K3Q-9XW2-W-W",
        "7K3Q9XW2U",
        "7K3Q9XW2٣",
        "7K3Q9XW2W" + " " * 100,
        "../../etc",
    ],
)
def test_anything_else_is_no_number(typed: str) -> None:
    assert parse(typed, "LPG") is None


@given(VALUES, PREFIXES, st.booleans())
def test_a_number_survives_being_shown_and_typed(value: int, prefix: str, small: bool) -> None:
    number = number_of(value)
    typed = shown(number, prefix)
    typed = typed.lower() if small else typed
    typed = typed.replace("0", "O").replace("1", "l") if not small else typed
    assert parse(typed, prefix) == number
    assert parse(number, prefix) == number


@given(VALUES, st.integers(0, 8), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_found(value: int, place: int, char: str) -> None:
    number = number_of(value)
    wrong = number[:place] + char + number[place + 1 :]
    assert (parse(wrong, "LPG") is None) == (wrong != number)


@given(VALUES, st.integers(0, 7))
def test_swapped_neighbours_are_found_but_for_two(value: int, place: int) -> None:
    number = number_of(value)
    a, b = number[place], number[place + 1]
    swapped = number[:place] + b + a + number[place + 2 :]
    blind = {a, b} == {"0", "Z"}  # the known gap of Luhn's rule
    assert a == b or blind or parse(swapped, "LPG") is None


def test_numbers_hold_forty_bits() -> None:
    assert number_of(0) == "000000000"
    assert number_of(2**40 - 1)[:8] == "ZZZZZZZZ"
    for value in (-1, 2**40):
        with pytest.raises(ValueError, match="40 bits"):
            number_of(value)
    assert len({new_number() for _ in range(100)}) == 100


def test_secrets_are_long_and_only_their_digest_is_needed() -> None:
    secret = new_secret()
    assert len(secret) == 22
    assert secret != new_secret()
    digest = digest_of(secret)
    assert len(digest) == 32
    assert opens(secret, digest)
    assert not opens(secret + "x", digest)
    assert not opens("", digest)
    assert not opens("\ud800é", digest)
