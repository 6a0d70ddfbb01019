"""Take a file of prices in: new values, corrections that supersede, rejects with a reason.

A file is read in batches, each written by a transaction of its own, so that memory stays bounded.
What was taken before a process ends midway is kept, and the same file again brings the rest. A file
that cannot be used is found out before anything is written.
"""

import datetime
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain, islice
from operator import attrgetter
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Date, Integer, and_, column, func, literal_column, select, update, values
from sqlalchemy.orm import Session

from civicapp import Act, Database, audit
from civicapp_prices.domain.formats import FORMATS, Cell, Format, Known, Read, Reject
from civicapp_prices.models import Average, Import
from civicapp_prices.service.known import known_of
from civicapp_prices.service.points import Key, NewPoint, ensure_series, publish
from civicapp_prices.service.site import Site

BATCH = 2000
BLOCK = 1024 * 1024
MOST_PLACES = 100
T = TypeVar("T")
Day = tuple[int, datetime.date]  # id of a series, and a day of it


@dataclass(slots=True)
class Outcome:
    """What came of a file. outside: rows of other regions, and the names of some of their places.

    again: the very file was read before.
    """

    new: int = 0
    changed: int = 0
    same: int = 0
    rejected: int = 0
    outside: int = 0
    places: dict[str, None] = field(default_factory=dict)
    again: bool = False
    id: int = 0

    @property
    def taken(self) -> int:
        """Count the values that the file has of this region."""
        return self.new + self.changed + self.same


@dataclass(frozen=True, slots=True)
class Job:
    """A file to import. name: the format's. source: the name of the series.

    rows: how many it has.
    """

    path: Path
    name: str
    format: Format
    source: str
    known: Known
    digest: str
    rows: int


def look_at(
    site: Site,
    path: Path,
    name: str,
    area: str,
    now: datetime.datetime,
    *,
    format: Format | None = None,
    source: str | None = None,
) -> Job:
    """Look a file through before it is imported; raise Unreadable, or OSError.

    name: of the format. area: of rows that name none. format: where it is none of ours. source:
    name of the series, else that of the format.
    """
    form, known = format or FORMATS[name], known_of(site, area, now)
    digest = _digest(path)
    return Job(path, name, form, source or form.source, known, digest, form.check(path, known))


def _digest(path: Path) -> str:
    total = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            total.update(block)
    return total.hexdigest()


class Days:
    """The days that a file gave already, a bit for each: memory stays small."""

    def __init__(self) -> None:
        self._years: dict[tuple[int, int], int] = {}

    def __contains__(self, day: Day) -> bool:
        """Tell whether a day of a series was given."""
        series, date = day
        return bool(self._years.get((series, date.year), 0) >> date.timetuple().tm_yday & 1)

    def add(self, day: Day) -> None:
        """Note a day of a series."""
        series, date = day
        bit = 1 << date.timetuple().tm_yday
        self._years[series, date.year] = self._years.get((series, date.year), 0) | bit


def run(
    database: Database,
    site: Site,
    job: Job,
    act: Act,
    rejects: Callable[[Reject], None],
    progress: Callable[[int], None] = lambda _row: None,
) -> Outcome:
    """Import a file; raise Unreadable when it cannot be used.

    rejects: takes what is not taken, in the order of the file. progress: is told the row.
    """
    outcome, days = Outcome(), Days()
    batches = _batches(job.format.read(job.path, job.known), BATCH)
    first = next(batches, [])  # what cannot be read at all is refused before anything is written
    outcome.again = database.read_now(was_read, job)
    outcome.id = database.write_now(_begin, job, act)
    try:
        for batch in chain([first], batches):
            _take(database, job, batch, days, outcome, rejects)
            progress(max((found.row for found in batch), default=0))
    finally:
        database.write_now(_end, site, outcome, act)
    return outcome


def _take(
    database: Database,
    job: Job,
    batch: Sequence[Read],
    days: Days,
    outcome: Outcome,
    rejects: Callable[[Reject], None],
) -> None:
    """Write a batch, and count what comes of it."""
    cells, refused = [], []
    for found in batch:
        if isinstance(found, Cell):
            cells.append(found)
        elif isinstance(found, Reject):
            refused.append(found)
        else:
            outcome.outside += 1
            if len(outcome.places) < MOST_PLACES:
                outcome.places[found.place] = None
    stored = database.write_now(_store, job, outcome.id, cells, len(refused), days)
    for day in stored.days:
        days.add(day)
    outcome.new, outcome.changed = outcome.new + stored.new, outcome.changed + stored.changed
    outcome.same += stored.same
    for reject in sorted([*refused, *stored.twice], key=attrgetter("row")):
        outcome.rejected += 1
        rejects(reject)


def _batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    left = iter(items)
    while part := list(islice(left, size)):
        yield part


def was_read(session: Session, job: Job) -> bool:
    """Tell whether the very file was read before, for the same series."""
    same = (Import.digest == job.digest, Import.source == job.source)
    return bool(session.scalar(select(func.count()).select_from(Import).where(*same)))


def _begin(session: Session, job: Job, act: Act) -> int:
    row = Import(
        source=job.source,
        format=job.name,
        file=job.path.name[:255],
        digest=job.digest,
        officer=act.actor,
        at=act.at,
        new=0,
        changed=0,
        same=0,
        rejected=0,
    )
    session.add(row)
    session.flush()
    return row.id


def _end(session: Session, site: Site, outcome: Outcome, act: Act) -> None:
    """Have alarms follow; also when the file was read before, and perhaps broken off then."""
    row = session.get_one(Import, outcome.id)
    if outcome.new or outcome.changed or (outcome.again and outcome.same):
        site.enqueue(session, "prices.alarms", f"import:{row.id}")
    audit(
        session,
        act,
        "prices.import.run",
        f"prices.import:{row.id}",
        after={"file": row.file, "new": row.new, "changed": row.changed, "rejected": row.rejected},
    )


@dataclass(frozen=True, slots=True)
class _Current:
    """The average of a day that counts so far."""

    id: int
    price: Decimal
    n: int | None


@dataclass(frozen=True, slots=True)
class _Stored:
    """What writing a batch did. twice: rows that give another price for a day of the same file."""

    new: int
    changed: int
    same: int
    twice: tuple[Reject, ...]
    days: tuple[Day, ...]


def _store(
    session: Session, job: Job, import_id: int, cells: Sequence[Cell], refused: int, days: Days
) -> _Stored:
    """Write a batch with its counts. days: those that the file gave before this batch."""
    keys = [Key(job.source, cell.scope, cell.commodity, cell.step) for cell in cells]
    ids = ensure_series(session, dict.fromkeys(keys))
    places = [(ids[key], cell.date) for key, cell in zip(keys, cells, strict=True)]
    current = _current(session, dict.fromkeys(places))
    wanted: dict[Day, Cell] = {}
    twice = []
    for day, cell in zip(places, cells, strict=True):
        if day in days:
            price, n, where = current[day].price, current[day].n, "an earlier row"
        else:
            first = wanted.setdefault(day, cell)
            price, n, where = first.price, first.n, f"row {first.row}"
        if (price, n) != (cell.price, cell.n):
            why = f"{where} gives {price.normalize():f} for the same day"
            twice.append(Reject(cell.row, cell.column, f"{cell.price.normalize():f}", why))
    changed = {
        day: cell
        for day, cell in wanted.items()
        if day not in current or (current[day].price, current[day].n) != (cell.price, cell.n)
    }
    old = [current[day].id for day in changed if day in current]
    new, same = len(changed) - len(old), len(cells) - len(twice) - len(changed)
    _supersede(session, changed, current, import_id)
    points = [
        NewPoint(series, date, cell.price, cell.n, import_id=import_id)
        for (series, date), cell in changed.items()
    ]
    if points:
        publish(session, points, {cell.scope for cell in changed.values()})
    counts = {
        "new": Import.new + new,
        "changed": Import.changed + len(old),
        "same": Import.same + same,
        "rejected": Import.rejected + refused + len(twice),
    }
    session.execute(update(Import).where(Import.id == import_id).values(counts))
    return _Stored(new, len(old), same, tuple(twice), tuple(wanted))


def _supersede(
    session: Session,
    changed: Mapping[Day, Cell],
    current: Mapping[Day, _Current],
    import_id: int,
) -> None:
    """Write averages; those that they correct stay as history."""
    old = [current[day].id for day in changed if day in current]
    if old:
        session.execute(update(Average).where(Average.id.in_(old)).values(current=False))
    session.add_all(
        Average(
            series=series,
            date=date,
            price=cell.price,
            n=cell.n,
            import_id=import_id,
            current=True,
            revision_of=current[series, date].id if (series, date) in current else None,
        )
        for (series, date), cell in changed.items()
    )


def _current(session: Session, asked: Iterable[Day]) -> dict[Day, _Current]:
    """Return the averages of some days that count, by one statement."""
    wanted = list(asked)
    if not wanted:
        return {}
    # A table of the days, and the condition in the index's own words: else SQLite reads all.
    given = values(column("series", Integer), column("date", Date), name="days").data(wanted)
    days = given.cte("days")
    on = and_(
        Average.series == days.c.series,
        Average.date == days.c.date,
        literal_column("prices_average.current"),
    )
    columns = (Average.series, Average.date, Average.id, Average.price, Average.n)
    rows = session.execute(select(*columns).select_from(days).join(Average, on))
    return {(series, date): _Current(id, price, n) for series, date, id, price, n in rows}
