"""The alarm run: what it stores, follows and tells."""

import datetime
from decimal import Decimal
from typing import Any

import pytest
from civicapp_prices.models import Alarm
from civicapp_prices.service.alarms import alarm_scopes, published, run_alarms
from civicapp_prices.service.points import Key, NewPoint, ensure_series, publish

RICE = "beras-medium-1"
SCOPE = "a:18"


def instant(day: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(f"{day}T05:00:00+00:00")


def put(world: Any, prices: list[int], first: str = "2020-01", scope: str = SCOPE) -> int:
    """Publish a price on the tenth of each month; return the series."""
    year, month = map(int, first.split("-"))

    def write(session: Any) -> int:
        key = Key("pihps", scope, RICE)
        series = ensure_series(session, [key])[key]
        points = []
        for n, price in enumerate(prices):
            number = year * 12 + month - 1 + n
            date = datetime.date(number // 12, number % 12 + 1, 10)
            points.append(NewPoint(series, date, Decimal(price)))
        publish(session, points, [scope])
        return series

    found: int = world.db.write_now(write)
    return found


def calm(count: int) -> list[int]:
    return [12_000 + 200 * (n % 12) + (n * 37) % 90 for n in range(count)]


def read(world: Any, series: int) -> dict[tuple[str, str], tuple[str, str | None]]:
    """Return status and class of the newest month's alarms."""
    rows = world.db.read_now(published, series)
    newest = max(month for month, _, _ in rows)
    return {
        (kind, mode): (row.status, row.class_)
        for (month, kind, mode), row in rows.items()
        if month == newest
    }


def run(world: Any, day: str) -> Any:
    return run_alarms(world.db, world.site, instant(day))


def test_alarms_are_published_for_the_region_and_the_areas_below(world: Any) -> None:
    scopes = alarm_scopes(world.site)
    assert scopes[0] == "a:18"
    assert len(scopes) == 16
    series = put(world, calm(48))
    ran = run(world, "2024-01-15")
    assert (ran.series, ran.stored) == (1, 5)
    assert {key: status for key, (status, _) in read(world, series).items()} == {
        ("alps", "in_sample"): "ok",
        ("alps", "live"): "ok",
        ("ipa", "fpma"): "ok",
        ("ipa", "strict"): "ok",
        ("change", ""): "ok",
    }
    [row, *_] = world.rows(Alarm)
    assert row.month == "2023-12"
    assert len(row.inputs_hash) == 64
    assert row.inputs == 49


def test_run_again_it_stores_and_tells_nothing(world: Any) -> None:
    put(world, [*calm(47), 30_000])
    first = run(world, "2024-01-15")
    assert first.told > 0
    told = len(world.events)
    again = run(world, "2024-01-20")
    assert (again.stored, again.told, len(world.events)) == (0, 0, told)


def test_thirty_months_are_too_few_but_the_change_speaks(world: Any) -> None:
    series = put(world, [*calm(29), 30_000])
    run(world, "2022-07-15")
    found = read(world, series)
    assert {found[key][0] for key in found if key[0] != "change"} == {"insufficient_history"}
    assert found["change", ""] == ("ok", "alert")
    assert [(name, data["kind"]) for name, _, data in world.events] == [
        ("prices.alarm.changed", "change")
    ]


def test_a_class_is_told_once_when_it_changes_and_again_when_it_ends(world: Any) -> None:
    put(world, [*calm(47), 30_000])
    run(world, "2024-01-15")
    rose = {(d["kind"], d["class"]) for _, _, d in world.events}
    assert ("alps", "crisis") in rose
    world.events.clear()
    put(world, calm(1), first="2024-01")
    run(world, "2024-02-15")
    fell = {(d["kind"], d["class"], d["month"]) for _, _, d in world.events}
    assert ("alps", "normal", "2024-01") in fell
    assert {d["scope"] for _, _, d in world.events} == {SCOPE}


def test_a_corrected_month_gets_new_alarms_and_keeps_the_old_ones(world: Any) -> None:
    series = put(world, calm(48))
    run(world, "2024-01-15")
    before = {a.id: a.inputs_hash for a in world.rows(Alarm)}
    put(world, [13_000], first="2023-06")
    ran = run(world, "2024-01-16")
    assert ran.stored == 4  # the change sees December and November alone
    rows = world.rows(Alarm)
    assert {a.id: a.inputs_hash for a in rows if a.id in before} == before
    current = world.db.read_now(published, series)
    assert len(current) == 5
    assert sum(a.id in before for a in current.values()) == 1


def test_a_month_without_prices_is_no_recent_data(world: Any) -> None:
    series = put(world, calm(48))
    run(world, "2024-03-15")
    assert {status for status, _ in read(world, series).values()} == {"no_recent_data"}
    assert world.events == []


@pytest.mark.parametrize("area", [None, "18", "18.71"])
def test_those_are_told_whose_area_it_is(world: Any, area: str | None, monkeypatch: Any) -> None:
    from civicapp_prices.config import Recipient

    row = Recipient.model_construct(
        id="office", channel="email", target="dinas@example.go.id", secret=None, area=area
    )
    config = world.site.config.model_copy(update={"recipients": (row,)})
    monkeypatch.setitem(vars(world.site), "config", config)
    put(world, [*calm(47), 30_000])
    run(world, "2024-01-15")
    asked = {refs["recipient"] for job, _, refs in world.jobs if job == "prices.notice"}
    assert asked == (set() if area == "18.71" else {"office"})
