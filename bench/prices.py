"""What reading prices costs on PostgreSQL: few prices on file, and many beside them.

Both databases hold the series that are asked about: ten years, by day, of 60 commodities in the
region and in one market. What differs is what else is there, of 120 markets and 15 areas. Points
are loaded as they are published, without the quotes behind them, which no reading touches.
"""

import datetime
import itertools
import random
import resource
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from civicapp_prices.service import history, newest
from civicapp_prices.service.alarms import alarm_scopes, run_alarms
from civicapp_prices.service.bulk import write_set
from civicapp_prices.service.points import DAY
from civicapp_prices.service.site import Site

from bench.servers import Broken
from civicapp import Database
from civicapp.kernel import Kernel, boot
from civicapp.settings import Settings
from civicapp.storage.database import open_database
from civicapp.storage.migrate import upgrade
from civicapp.testing.server import Server

PACK = "format: 1\nid: bench\nextends: lampung\nplugins: [prices]\n"
MARKETS, COMMODITIES, YEARS = 120, 60, 10
LAST = datetime.date(2026, 11, 24)
NOW = datetime.datetime(2026, 11, 24, 8, 0, tzinfo=datetime.UTC)
SOURCE = "survey"
BOUND = 1.5  # how much dearer a question may be with everything else on file
FEW, SOME, ALL = 0.01, 0.05, 1.0  # shares of all series; those that are asked about are in any
COLUMNS = "series, date, price, n, markets, low, high, flagged"
ROUNDS = 9


@dataclass(frozen=True, slots=True)
class Size:
    """A database. share: of the other series. points: how many it holds."""

    share: float
    database: Database
    site: Site
    points: int
    seconds: float


@dataclass(slots=True)
class Costs:
    """What a question took, in seconds, round by round, with few points and with many."""

    few: list[float] = field(default_factory=list)
    many: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """Return the median of the rounds' own ratios."""
        return statistics.median(m / f for f, m in zip(self.few, self.many, strict=True))


Question = Callable[[Size, random.Random], object]


def measure(folder: Path, *, full: bool = False) -> dict[str, Any]:
    """Load two databases of one server, ask both the same, and return the figures.

    full: load everything, which takes 4 GB on the disk of `folder`.
    """
    kernel = _kernel(folder)
    server = Server(str(folder)) if full else Server()
    shares = (FEW, ALL if full else SOME)
    sizes: list[Size] = []
    try:
        sizes += [_load(server, kernel, share, f"prices{n}") for n, share in enumerate(shares)]
        return {
            "sizes": [{"points": s.points, "load_seconds": round(s.seconds)} for s in sizes],
            "questions": {name: _answer(question, sizes) for name, question in QUESTIONS.items()},
            "alarms": [_alarm_run(size) for size in sizes],
            "bulk": [_bulk(size, folder) for size in sizes],
        }
    finally:
        for size in sizes:
            size.database.close_now()
        server.stop()


def _kernel(folder: Path) -> Kernel:
    pack = folder / "prices-bench"
    pack.mkdir()
    (pack / "region.yaml").write_text(PACK.replace("id: bench", f"id: {pack.name}"), "utf-8")
    booted = boot(pack, settings=Settings())
    if booted.kernel is None:
        raise Broken("\n".join(str(problem) for problem in booted.problems))
    return booted.kernel


# Loading


def _load(server: Server, kernel: Kernel, share: float, name: str) -> Size:
    """Make a database with so many of the other series."""
    began = time.monotonic()
    admin = server.url().render_as_string(hide_password=False).replace("+psycopg", "")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    url = server.url(name)
    upgrade(url, kernel.lineages)
    site = Site(region=kernel.region)
    address = url.render_as_string(hide_password=False).replace("+psycopg", "")
    with psycopg.connect(address) as connection:
        points = _copy(connection, _series(site, share))
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    database = open_database(str(url))
    return Size(share, database, site, points, time.monotonic() - began)


def _series(site: Site, share: float) -> list[tuple[str, str]]:
    """Name scope and commodity of the series: those that are asked about, then the rest."""
    commodities = list(site.commodities)[:COMMODITIES]
    own, *areas = alarm_scopes(site)
    markets = [f"m:other-{n:03d}" for n in range(MARKETS - 1)]
    asked = [own, _market(site)]
    rest = list(itertools.product([*areas, *markets], commodities))
    count = round((len(rest) + len(asked) * COMMODITIES) * share) - len(asked) * COMMODITIES
    return [*itertools.product(asked, commodities), *rest[: max(count, 0)]]


def _market(site: Site) -> str:
    return f"m:{min(site.markets)}"


def _copy(connection: Any, series: Sequence[tuple[str, str]]) -> int:
    """Copy series and ten years of days of each; return how many points there are."""
    days = [LAST - datetime.timedelta(days=n) for n in reversed(range(YEARS * 365 + 3))]
    with connection.cursor() as cursor:
        with cursor.copy(
            "COPY prices_series (id, source, scope, commodity, step, last_on) FROM STDIN"
        ) as copy:
            for id, (scope, commodity) in enumerate(series, 1):
                copy.write_row((id, SOURCE, scope, commodity, DAY, LAST))
        cursor.execute("SELECT setval('prices_series_id_seq', %s)", (len(series),))
    connection.commit()
    # Every point names a series of ours: asking so 26 million times would take an hour.
    connection.execute("SET session_replication_role = replica")
    prices = _prices(len(days) + 997)
    dates = [day.isoformat() for day in days]
    for start in range(0, len(series), 100):
        with (
            connection.cursor() as cursor,
            cursor.copy(f"COPY prices_point ({COLUMNS}) FROM STDIN") as copy,
        ):
            for id in range(start + 1, min(start + 100, len(series)) + 1):
                shift = id * 31 % 997
                rows = zip(dates, prices[shift:], strict=False)
                copy.write("".join([f"{id}\t{date}\t{rest}\n" for date, rest in rows]))
        connection.commit()
    return len(series) * len(days)


def _prices(count: int) -> list[str]:
    """Make what stands behind series and date: a price that wanders, of two quotes."""
    chance, price, found = random.Random(1), 14_000, []
    for _ in range(count):
        price = min(max(price + chance.randint(-60, 61), 5_000), 90_000)
        low, high = price - 100, price + 100
        found.append("\t".join([*map(str, (price * 10**6, 2, 1, low * 10**6, high * 10**6)), "f"]))
    return found


# Asking


def _commodity(size: Size, chance: random.Random) -> str:
    return chance.choice(list(size.site.commodities)[:COMMODITIES])


def _latest(size: Size, scope: str) -> object:
    return size.database.read_now(lambda s: newest.latest(s, size.site, scope, today=LAST))


def _points(size: Size, scope: str, commodity: str, **more: Any) -> object:
    return size.database.read_now(
        lambda s: history.series(s, size.site, scope, commodity, until=LAST, **more)
    )


QUESTIONS: Mapping[str, Question] = {
    "latest, region": lambda size, _: _latest(size, alarm_scopes(size.site)[0]),
    "latest, a market": lambda size, _: _latest(size, _market(size.site)),
    "series, a year": lambda size, chance: _points(
        size,
        _market(size.site),
        _commodity(size, chance),
        since=LAST - datetime.timedelta(days=365),
    ),
    "series, ten years by month": lambda size, chance: _points(
        size, _market(size.site), _commodity(size, chance), step="month"
    ),
    "changes": lambda size, chance: size.database.read_now(
        history.changes_of, size.site, _market(size.site), _commodity(size, chance)
    ),
}


def _answer(question: Question, sizes: Sequence[Size]) -> dict[str, Any]:
    statements, costs = _plans(question, sizes[1]), _ask(question, sizes)
    return {"statements": statements, **asdict(costs), "ratio": costs.ratio}


def _ask(question: Question, sizes: Sequence[Size]) -> Costs:
    """Ask both databases the same in turns."""
    found = Costs()
    for n in range(-1, ROUNDS):  # the first round warms up
        taken = {}
        for size in sizes if n % 2 else reversed(sizes):
            chance = random.Random(n)
            began = time.perf_counter()
            for _ in range(20):
                answer = question(size, chance)
            taken[size.share] = (time.perf_counter() - began) / 20
            if not answer:
                raise Broken("a question found nothing")
        if n >= 0:
            found.few.append(taken[sizes[0].share])
            found.many.append(taken[sizes[1].share])
    return found


def _plans(question: Question, size: Size) -> int:
    """Count the statements of a question; raise Broken when one goes through all points."""
    from sqlalchemy import Engine, event

    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, given: Any, *_: Any) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            seen.append((statement, given))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        question(size, random.Random(1))
    finally:
        event.remove(Engine, "before_cursor_execute", note)

    def explain(session: Any) -> None:
        for statement, given in seen:
            rows = session.connection().exec_driver_sql(f"EXPLAIN {statement}", given)
            plan = "\n".join(row[0] for row in rows)
            if "Seq Scan on prices_point" in plan:
                raise Broken(f"{statement}\n{plan}")

    size.database.read_now(explain)
    return len(seen)


def _alarm_run(size: Size) -> dict[str, float]:
    """Run all alarms once, then once more, when nothing has changed."""
    took = {}
    for name in ("first", "again"):
        began, cpu = time.perf_counter(), time.process_time()
        ran = run_alarms(size.database, size.site, NOW)
        took[name] = time.perf_counter() - began
        took[f"{name}_cpu"] = time.process_time() - cpu
    return {"series": ran.series, **took}


def _bulk(size: Size, folder: Path) -> dict[str, float]:
    """Write all files once."""
    place = folder / f"bulk-{size.share}"
    place.mkdir()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    names = size.database.read_now(write_set, size.site, place)
    took = time.perf_counter() - began
    written = sum((place / name).stat().st_size for name in names)
    for name in names:
        (place / name).unlink()
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return {"seconds": took, "bytes": written, "points": size.points, "grown_kib": grown}
