"""The rules, without a region."""

import pytest
from civicapp import Localized

from civicapp_parks.config import Place
from civicapp_parks.domain import (
    CONTACT,
    EMPTY,
    LONG,
    BadText,
    clean_answer,
    clean_note,
    nearest,
)

PATHS = {"1": ("1",), "1.1": ("1", "1.1"), "1.2": ("1", "1.2"), "1.1.1": ("1", "1.1", "1.1.1")}


def place(code: str, area: str | None) -> Place:
    return Place(code=code, name=Localized({"en": code}), area=area)


PLACES = (place("meadow", "1.1.1"), place("grove", "1.2"), place("pond", None))


@pytest.mark.parametrize(
    ("path", "area", "codes"),
    [
        (("1", "1.1", "1.1.1"), "1.1.1", ["meadow", "pond"]),
        (("1", "1.1", "1.1.2"), "1.1", ["meadow", "pond"]),
        (("1",), "1", ["meadow", "grove", "pond"]),
        ((), None, ["meadow", "grove", "pond"]),
    ],
)
def test_the_narrowest_area_with_a_place_is_found(
    path: tuple[str, ...], area: str | None, codes: list[str]
) -> None:
    near = nearest(PLACES, path, PATHS.__getitem__)
    assert (near.area, [p.code for p in near.places]) == (area, codes)


def test_idle_space_goes_and_paragraphs_stay() -> None:
    assert clean_note("  A  bench \r\n\n\n\n is broken. ", 50) == "A bench\n\nis broken."
    assert clean_note("A\x00\x1b bench\t!", 50) == "A bench !"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (" \n ", EMPTY),
        ("x" * 51, LONG),
        ("Write to me: someone@mail.example", CONTACT),
        ("Call 0812 3456-7890", CONTACT),
    ],
)
def test_a_note_that_cannot_be_taken(text: str, message: str) -> None:
    with pytest.raises(BadText) as refused:
        clean_note(text, 50)
    assert refused.value.message == message


def test_a_number_is_no_phone_number_yet_and_an_office_may_give_its_own() -> None:
    assert clean_note("12 lamps since 2019 are out", 50)
    assert clean_answer("Call us: 0812 3456-7890", 50)
