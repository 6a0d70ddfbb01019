"""Imports: what a file adds, corrects and leaves alone, on both databases."""

import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from civicapp_prices.domain.formats import FORMATS, Cell, Known, Reject, Unreadable
from civicapp_prices.domain.formats.reading import Format
from civicapp_prices.models import Alarm, Average, Import, Point, Series
from civicapp_prices.service import imports
from civicapp_prices.service.alarms import run_alarms
from civicapp_prices.service.history import changes_of
from civicapp_prices.service.imports import Days, Outcome, look_at, run
from civicapp_prices.service.known import known_of
from civicapp_prices.service.site import Site
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from civicapp import Act
from civicapp.kernel import boot
from civicapp.settings import Settings

DATA = Path(__file__).parent / "data"
REAL = Path(__file__).parents[3].parent / "shared/data/prices"
LAMPUNG = REAL / "pihps_lampung_daily_2020_2023_wide.csv"
JAKARTA = REAL / "pihps_dki_jakarta_daily_2020_2023_wide.csv"
EXCERPT = DATA / "pihps_lampung_2022-12_2023-01.csv"
AT = datetime.datetime(2026, 11, 24, 3, 0, tzinfo=datetime.UTC)
RICE, CHILI = "beras-medium-1", "cabai-rawit"
HEAD = "date,area,commodity,price,unit\n"
needs_real_files = pytest.mark.skipif(
    not (LAMPUNG.is_file() and JAKARTA.is_file()), reason=f"the real prices are not in {REAL}"
)


def take(
    world: Any, path: Path, name: str = "csv", area: str = "18", **more: Any
) -> tuple[Outcome, list[Reject]]:
    """Import a file; return what came of it, and what was not taken."""
    rejects: list[Reject] = []
    job = look_at(world.site, path, name, area, AT, **more)
    return run(world.db, world.site, job, Act(at=AT), rejects.append), rejects


def table(folder: Path, rows: str, name: str = "file.csv") -> Path:
    path = folder / name
    path.write_text(HEAD + rows, "utf-8")
    return path


def counts(found: Outcome) -> tuple[int, int, int, int]:
    return found.new, found.changed, found.same, found.rejected


def state(world: Any) -> dict[str, list[tuple[Any, ...]]]:
    """Return all that an import writes but the imports themselves."""

    def look(session: Any) -> dict[str, list[tuple[Any, ...]]]:
        columns = {
            "series": (Series.id, Series.scope, Series.commodity, Series.source, Series.last_on),
            "points": (Point.series, Point.date, Point.price, Point.n, Point.import_id),
            "averages": (Average.id, Average.date, Average.price, Average.current),
        }
        return {
            name: [tuple(row) for row in session.execute(select(*found).order_by(*found))]
            for name, found in columns.items()
        }

    found: dict[str, list[tuple[Any, ...]]] = world.db.read_now(look)
    return found


def prices(world: Any, commodity: str = RICE) -> dict[str, Decimal]:
    """Return the published prices of a commodity in the region, by day."""
    scope = f"a:{world.site.region.area.code}"
    query = select(Point.date, Point.price).join(Series, Series.id == Point.series)
    query = query.where(Series.commodity == commodity, Series.scope == scope)
    rows = world.db.read_now(lambda s: list(s.execute(query)))
    return {date.isoformat(): price for date, price in rows}


def test_a_file_is_taken_and_told_of(world: Any) -> None:
    found, rejects = take(world, EXCERPT, "pihps-wide")
    assert counts(found) == (1364, 0, 0, 0)
    assert rejects == []
    points = prices(world, CHILI)
    assert [int(points[day]) for day in ("2022-12-30", "2023-01-02")] == [51900, 95650]
    assert "2022-12-24" not in points  # a Saturday
    [row] = world.rows(Import)
    assert (row.source, row.format, row.file) == ("pihps", "pihps-wide", EXCERPT.name)
    assert (row.new, row.changed, row.same, row.rejected) == (1364, 0, 0, 0)
    assert ("prices.alarms", f"import:{row.id}", {}) in world.jobs
    for scope, source, step, last in {
        (s.scope, s.source, s.step, s.last_on) for s in world.rows(Series)
    }:
        assert (scope, source, step, last) == ("a:18", "pihps", "day", datetime.date(2023, 1, 31))
    assert {point.n for point in world.rows(Point)} == {None}


@pytest.mark.parametrize(
    ("name", "format", "expected"),
    [
        ("pihps_grid.json", "pihps-grid", (12, 0, 0, 0)),
        ("wfp_food_prices.csv", "wfp", (4, 0, 0, 10)),
    ],
)
def test_the_same_file_twice_changes_nothing(
    world: Any, name: str, format: str, expected: tuple[int, ...]
) -> None:
    first, rejects = take(world, DATA / name, format)
    assert counts(first) == expected
    before = state(world)
    again, rejects_again = take(world, DATA / name, format)
    new, _, _, rejected = expected
    assert counts(again) == (0, 0, new, rejected)
    assert (first.again, again.again) == (False, True)
    assert rejects_again == rejects
    assert state(world) == before


def test_wfp_prices_are_months_of_a_regency(world: Any) -> None:
    take(world, DATA / "wfp_food_prices.csv", "wfp")
    found = {
        (s.scope, s.commodity, s.step, p.date.isoformat(), p.price)
        for s in world.rows(Series)
        for p in world.rows(Point)
        if p.series == s.id
    }
    assert found == {
        ("a:18.71", "beras", "month", "2023-01-01", Decimal("12600.25")),
        ("a:18.71", "beras", "month", "2023-02-01", Decimal(12700)),
        ("a:18.01", "beras", "month", "2023-01-01", Decimal(12100)),
        ("a:18.72", "cabai-rawit", "month", "2023-01-01", Decimal(65000)),
    }


def test_a_corrected_value_supersedes_and_its_history_stays(world: Any, tmp_path: Path) -> None:
    rows = f"2026-11-02,18,{RICE},14000,kg\n2026-11-03,18,{RICE},14100,kg\n"
    take(world, table(tmp_path, rows))
    found, _ = take(world, table(tmp_path, rows.replace("14000", "14200")))
    assert counts(found) == (0, 1, 1, 0)
    assert prices(world) == {"2026-11-02": 14200, "2026-11-03": 14100}
    old, kept, new = sorted(world.rows(Average), key=lambda a: a.id)
    assert (old.price, old.current, old.revision_of) == (14000, False, None)
    assert (kept.price, kept.current) == (14100, True)
    assert (new.price, new.current, new.revision_of) == (14200, True, old.id)
    back, _ = take(world, table(tmp_path, rows))
    assert counts(back) == (0, 1, 1, 0)
    assert prices(world)["2026-11-02"] == 14000
    assert len(world.rows(Average)) == 4


@pytest.mark.parametrize("apart", [0, 1, 7])
def test_a_day_that_stands_twice_is_refused_whichever_batch_it_falls_into(
    world: Any, tmp_path: Path, apart: int, monkeypatch: Any
) -> None:
    monkeypatch.setattr(imports, "BATCH", 4)
    between = "".join(f"2026-10-{n:02d},18,{CHILI},{n}000,kg\n" for n in range(1, apart + 1))
    one, other = f"2026-11-02,18,{RICE},14000,kg\n", f"2026-11-02,18,{RICE},15000,kg\n"
    path = table(tmp_path, one + between + one + other)
    for new, same in ((1 + apart, 1), (0, 2 + apart)):
        found, rejects = take(world, path)
        assert counts(found) == (new, 0, same, 1)
        assert [(r.row, r.column, r.value) for r in rejects] == [(4 + apart, "price", "15000")]
        assert "14000 for the same day" in rejects[0].reason
        assert prices(world) == {"2026-11-02": 14000}
    assert len(world.rows(Average)) == 1 + apart


def test_a_day_that_stands_twice_never_undoes_a_correction(
    world: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(imports, "BATCH", 1)
    take(world, table(tmp_path, f"2026-11-02,18,{RICE},13000,kg\n"))
    rows = f"2026-11-02,18,{RICE},14000,kg\n2026-11-02,18,{RICE},13000,kg\n"
    found, rejects = take(world, table(tmp_path, rows))
    assert counts(found) == (0, 1, 0, 1)
    assert rejects[0].reason == "an earlier row gives 14000 for the same day"
    assert prices(world) == {"2026-11-02": 14000}


def test_rejects_come_in_the_order_of_the_file(world: Any, tmp_path: Path) -> None:
    day = f"2026-11-02,18,{RICE}"
    rows = f"{day},1,kg\n{day},2,kg\n{day},0,kg\n{day},3,kg\nx,18,{RICE},1,kg\n"
    _, rejects = take(world, table(tmp_path, rows))
    assert [r.row for r in rejects] == [3, 4, 5, 6]


@pytest.mark.parametrize(
    "content",
    ["", "date;area\n", HEAD + '2026-11-02,18,beras,1,kg\n2026-11-03,18,"be', HEAD + "\xe9\n"],
)
def test_a_file_that_cannot_be_used_changes_nothing(
    world: Any, tmp_path: Path, content: str
) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(content, "latin-1")
    with pytest.raises(Unreadable):
        take(world, path)
    assert world.rows(Import) == []
    assert state(world) == {"series": [], "points": [], "averages": []}


class Killed(BaseException):
    """The process ends."""


def test_after_a_process_that_ended_midway_the_same_file_brings_the_rest(
    world: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(imports, "BATCH", 10)
    path = table(
        tmp_path, "".join(f"2026-10-{n:02d},18,{RICE},1{n:02d},kg\n" for n in range(1, 31))
    )
    job = look_at(world.site, path, "csv", "18", AT)

    def stop(row: int) -> None:
        if row > 20:
            raise Killed

    # A killed process does not even write how it ended.
    monkeypatch.setattr(imports, "_end", lambda *_: None)
    with pytest.raises(Killed):
        run(world.db, world.site, job, Act(at=AT), lambda _: None, stop)
    monkeypatch.undo()
    assert len(prices(world)) == 20
    [row] = world.rows(Import)
    assert row.new == 20  # each batch is counted with its commit
    assert world.jobs == []
    found, _ = take(world, path)
    assert counts(found) == (10, 0, 20, 0)
    assert len(prices(world)) == 30
    world.jobs.clear()
    take(world, path)
    assert [job for job, _, _ in world.jobs] == ["prices.alarms"]  # what it may have lacked


def test_a_batch_asks_the_database_a_few_times_whatever_it_holds(
    world: Any, tmp_path: Path
) -> None:
    from sqlalchemy import event

    rows = "".join(
        f"2026-{m:02d}-{d:02d},{area},{RICE},14000,kg\n"
        for m in range(1, 7)
        for d in range(1, 29)
        for area in ("18", "18.01", "18.02", "18.03", "18.71", "18.72")
    )
    path = table(tmp_path, rows)
    take(world, path)
    asked: list[str] = []
    engine = world.db.write_now(lambda s: s.get_bind().engine)

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        found, _ = take(world, path)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert found.same == 1008
    assert sum("FROM days JOIN prices_average" in statement for statement in asked) == 1
    assert len(asked) < 40


def test_what_counts_of_a_day_is_found_by_an_index(world: Any, tmp_path: Path) -> None:
    if not world.db.is_sqlite:
        pytest.skip("PostgreSQL reads a small table whole, whatever indexes it has")
    take(world, EXCERPT, "pihps-wide")
    plan: list[str] = []

    def look(session: Any) -> None:
        days = [(1, datetime.date(2022, 12, 1) + datetime.timedelta(n)) for n in range(40)]
        statements: list[Any] = []
        from sqlalchemy import event

        def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
            statements.append((statement, parameters))

        event.listen(session.get_bind(), "before_cursor_execute", note)
        assert imports._current(session, days)
        event.remove(session.get_bind(), "before_cursor_execute", note)
        statement, parameters = statements[-1]
        rows = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        plan.extend(str(row[3]) for row in rows)

    world.db.read_now(look)
    assert any("USING INDEX uq_prices_average_current (series=? AND date=?)" in p for p in plan)


@settings(deadline=None)
@given(
    st.sets(st.tuples(st.integers(1, 3), st.dates(max_value=datetime.date(2100, 1, 1)))),
    st.tuples(st.integers(1, 3), st.dates(max_value=datetime.date(2100, 1, 1))),
)
def test_days_are_remembered(given: set[tuple[int, datetime.date]], asked: Any) -> None:
    days = Days()
    for day in given:
        days.add(day)
    assert all(day in days for day in given)
    assert (asked in days) == (asked in given)


def test_another_area_and_another_source(world: Any, tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text("date,Beras\n2026-11-02,14000\n", "utf-8")
    take(world, path, "pihps-wide", "18.71", source="csv")
    [series] = world.rows(Series)
    assert (series.scope, series.source) == ("a:18.71", "csv")


def test_a_format_of_a_plugin_is_read_like_ours(world: Any, tmp_path: Path) -> None:
    cell = Cell(2, "price", "a:18", "beras", datetime.date(2026, 11, 2), Decimal(14000))
    format = Format("panel", lambda _path, _known: iter([cell]), lambda _path, _known: 1)
    path = tmp_path / "x"
    path.write_bytes(b"x")
    found, _ = take(world, path, "panel", format=format)
    assert counts(found) == (1, 0, 0, 0)
    assert [s.source for s in world.rows(Series)] == ["panel"]


# Names of areas


def known(site: Site) -> Known:
    return known_of(site, "18", AT)


def test_areas_are_known_by_name_kind_and_alias(prices_kernel: Any) -> None:
    found = known(Site(region=prices_kernel.region)).around
    assert set(found) == {"lampung", "provinsi lampung", "lampung province"}
    lampung = found["lampung"]
    assert lampung.whole
    for name, codes in {
        "kota bandar lampung": ("18.71",),
        "bandar lampung": ("18.71",),
        "kabupaten lampung selatan": ("18.01",),
        "lampung selatan": ("18.01",),
        "metro": ("18.72",),
        "nirwana": (),
    }.items():
        assert lampung.named(name) == codes, name


def test_a_city_knows_itself_within_its_province(tmp_path: Path) -> None:
    site = booted(tmp_path, "kota", 'extends: lampung\narea: "18.72"')
    lampung = known_of(site, "18.72", AT).around["lampung"]
    assert not lampung.whole
    assert lampung.named("kota metro") == ("18.72",)
    assert lampung.named("metro") == ()  # it could be a neighbour's


def test_an_area_is_known_by_a_part_of_the_words_for_its_kind(tmp_path: Path) -> None:
    site = booted(tmp_path, "jakarta", 'extends: indonesia\narea: "31"')
    jakarta = known_of(site, "31", AT).around["dki jakarta"]
    for name in ("kota jakarta timur", "kota administrasi jakarta timur", "jakarta timur"):
        assert jakarta.named(name) == ("31.75",), name


def booted(folder: Path, id: str, more: str) -> Site:
    pack = folder / id
    pack.mkdir()
    head = f"format: 1\nid: {id}\nname: {{id: {id.title()}}}\nplugins: [prices]\n"
    (pack / "region.yaml").write_text(f"{head}{more}\n", "utf-8")
    found = boot(pack, settings=Settings())
    assert found.kernel is not None, found.problems
    return Site(region=found.kernel.region)


# The real files


@needs_real_files
def test_both_real_files_load_and_new_year_2023_shows_the_shock(
    world: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    new_year = datetime.date(2023, 1, 2)
    found, rejects = take(world, LAMPUNG, "pihps-wide")
    assert (counts(found), rejects) == ((30876, 0, 0, 0), [])
    assert day_change(world, "a:18", new_year) == "84.30"
    jakarta = booted(tmp_path, "jakarta", 'extends: indonesia\narea: "31"')
    monkeypatch.setattr(world, "site", jakarta)
    found, rejects = take(world, JAKARTA, "pihps-wide", "31")
    assert (found.changed, found.same, rejects) == (0, 0, [])
    assert found.new > 30_000
    assert day_change(world, "a:31", new_year) == "35.73"


def day_change(world: Any, scope: str, day: datetime.date) -> str:
    found = world.read(changes_of, scope, CHILI, day)
    assert found.changes.d.date == datetime.date(2022, 12, 30)
    return f"{found.changes.d.fraction * 100:.2f}"


@needs_real_files
def test_after_thirty_months_both_alarms_say_insufficient_history(
    world: Any, tmp_path: Path
) -> None:
    head, *rows = LAMPUNG.read_text("utf-8").splitlines(keepends=True)
    path = tmp_path / "first.csv"
    path.write_text(head + "".join(row for row in rows if row < "2022-07"), "utf-8")
    take(world, path, "pihps-wide")
    run_alarms(world.db, world.site, datetime.datetime(2022, 7, 15, 5, tzinfo=datetime.UTC))
    found = {
        (alarm.kind, alarm.month, alarm.status)
        for alarm in world.rows(Alarm)
        if alarm.kind != "change"
    }
    assert found == {
        ("alps", "2022-06", "insufficient_history"),
        ("ipa", "2022-06", "insufficient_history"),
    }
    assert {alarm.status for alarm in world.rows(Alarm) if alarm.kind == "change"} == {"ok"}


def test_every_format_has_a_source_that_the_pack_lists(prices_kernel: Any) -> None:
    sources = Site(region=prices_kernel.region).config.sources
    assert {format.source for format in FORMATS.values()} <= set(sources)


def test_the_tables_hold_exactly_what_was_given(world: Any, tmp_path: Path) -> None:
    take(world, table(tmp_path, f"2026-11-02,18,{RICE},999999999999.999999,kg\n"))
    assert prices(world) == {"2026-11-02": Decimal("999999999999.999999")}
    stored = world.db.read_now(lambda s: s.scalar(text("SELECT price FROM prices_point")))
    assert stored == 999999999999999999
