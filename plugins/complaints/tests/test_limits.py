"""How many reports one address may send."""

import datetime

from civicapp_complaints.domain.limits import LONGEST_PAUSE, Allowance, Limits, allowance, limits_of
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime.datetime(2026, 11, 24, 3, tzinfo=datetime.UTC)
LIMITS = Limits(slow_above=3, refuse_above=6, window=datetime.timedelta(hours=1))


def sent(*minutes: float) -> list[datetime.datetime]:
    return [NOW - datetime.timedelta(minutes=m) for m in minutes]


def test_few_reports_go_through() -> None:
    assert allowance([], NOW, LIMITS) == Allowance()
    assert allowance(sent(1, 2), NOW, LIMITS) == Allowance()


def test_more_are_slowed_down_bit_by_bit() -> None:
    assert allowance(sent(1, 2, 3), NOW, LIMITS) == Allowance(pause=0.5)
    assert allowance(sent(1, 2, 3, 4, 5), NOW, LIMITS) == Allowance(pause=1.5)


def test_too_many_are_told_how_long_to_wait() -> None:
    assert allowance(sent(1, 2, 3, 4, 5, 59), NOW, LIMITS).retry_after == 60
    assert allowance(sent(59, 5, 4, 3, 2, 1, 0.5), NOW, LIMITS).retry_after == 55 * 60
    assert allowance(sent(1, 2, 3, 4, 5, 60), NOW, LIMITS).retry_after is None


@given(st.lists(st.floats(0, 60), max_size=40))
def test_nobody_is_refused_for_longer_than_the_window(minutes: list[float]) -> None:
    found = allowance(sent(*minutes), NOW, LIMITS)
    assert found.retry_after is None or 0 < found.retry_after <= 3600
    assert 0 <= found.pause <= LONGEST_PAUSE
    if found.retry_after is not None:
        later = NOW + datetime.timedelta(seconds=found.retry_after)
        assert allowance(sent(*minutes), later, LIMITS).retry_after is None


def test_a_demo_allows_three_hundred_a_minute(isle) -> None:
    config = isle.config()
    assert limits_of(config) == Limits(30, 600, datetime.timedelta(hours=1))
    demo = limits_of(config, demo=True)
    assert allowance([NOW] * 299, NOW, demo) == Allowance()
    assert allowance([NOW] * 300, NOW, demo).retry_after == 60
