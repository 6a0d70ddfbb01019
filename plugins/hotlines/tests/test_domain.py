"""The rules of the numbers, without a pack."""

import pytest
from civicapp_hotlines.config import HotlineNumber
from civicapp_hotlines.domain import KINDS, answering, faults, spaced
from hypothesis import given
from hypothesis import strategies as st

from civicapp import Localized

PATHS = st.sampled_from([None, ("7",), ("7", "7.1"), ("7", "7.2")])
NUMBERS = st.lists(
    st.builds(
        HotlineNumber,
        number=st.from_regex(r"[0-9]{3,15}", fullmatch=True),
        area=st.sampled_from([None, "7", "7.1", "7.2"]),
        kind=st.sampled_from(KINDS),
        name=st.just(Localized({"en": "x"})),
        status=st.sampled_from(["confirmed", "unconfirmed"]),
        source=st.sampled_from([None, "a gazette"]),
    ),
    max_size=12,
)


@given(NUMBERS, PATHS)
def test_only_confirmed_numbers_that_answer_here_are_shown(
    numbers: list[HotlineNumber], path: tuple[str, ...] | None
) -> None:
    shown = answering(numbers, path)
    assert all(n.status == "confirmed" for n in shown)
    assert all(n.area is None or n.area in (path or ()) for n in shown)
    expected = [
        n for n in numbers if n.status == "confirmed" and (not n.area or n.area in (path or ()))
    ]
    assert len(shown) == len(expected)


@given(NUMBERS, PATHS)
def test_urgent_kinds_come_first_and_within_a_kind_the_most_local(
    numbers: list[HotlineNumber], path: tuple[str, ...] | None
) -> None:
    shown = answering(numbers, path)
    order = [(KINDS.index(n.kind), -len((n.area or "").split(".")) if n.area else 0) for n in shown]
    assert order == sorted(order)


@given(st.from_regex(r"[0-9]{3,15}", fullmatch=True))
def test_spacing_keeps_every_digit(number: str) -> None:
    assert spaced(number).replace("-", "") == number
    assert all(len(part) <= 4 for part in spaced(number).split("-")) or len(number) <= 5


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("110", "110"),
        ("0811729444", "0811-729-444"),
        ("081234567890", "0812-3456-7890"),
        ("+628", "+628"),
    ],
)
def test_numbers_are_grouped_as_they_are_read_aloud(number: str, shown: str) -> None:
    assert spaced(number) == shown


@pytest.mark.parametrize(
    ("number", "source", "codes"),
    [
        ("110", "a gazette", []),
        ("+62811729444", "a gazette", []),
        ("11", "a gazette", ["hotlines-number"]),
        ("0811 729", "a gazette", ["hotlines-number"]),
        ("110", None, ["hotlines-unsourced"]),
        ("call me", None, ["hotlines-number", "hotlines-unsourced"]),
    ],
)
def test_faults(number: str, source: str | None, codes: list[str]) -> None:
    row = HotlineNumber(
        number=number,
        kind="police",
        name=Localized({"en": "Police"}),
        status="confirmed",
        source=source,
    )
    assert [f.code for f in faults([row])] == codes
