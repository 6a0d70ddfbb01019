"""Take a file of prices in: new values, corrections that supersede, rejects with a reason.

A file is read in batches, each written by a transaction of its own, so that memory stays bounded;
what was taken before a fault is kept, and the same file again changes nothing.
"""

import datetime
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeVar

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from civicapp import Act, Database, audit, fold
from civicapp_prices.domain.formats import Cell, Reject, read_file
from civicapp_prices.domain.formats.cells import Known
from civicapp_prices.models import Average, Import
from civicapp_prices.service.points import Key, NewPoint, ensure_series, publish
from civicapp_prices.service.site import Site

BATCH = 2000
T = TypeVar("T")


@dataclass(slots=True)
class Outcome:
    """What came of a file. outside: rows of other regions. again: the very file was read before."""

    new: int = 0
    changed: int = 0
    same: int = 0
    rejected: int = 0
    outside: int = 0
    again: bool = False
    id: int = 0


@dataclass(frozen=True, slots=True)
class Job:
    """A file to import. area: of rows that name none. source: the name of the series."""

    path: Path
    format: str
    area: str
    source: str
    digest: str


def known_of(site: Site, area: str, now: datetime.datetime) -> Known:
    """Return what the readers need to know of the region."""
    region = site.region
    own = [region.areas[code] for code in region.areas if region.areas.own(code)]
    places: dict[tuple[str, str], str] = {}
    for place in own:
        above = region.areas.get(place.parent) if place.parent else None
        if above is not None:
            places.setdefault((fold(above.name), fold(place.name)), place.code)
    # A table of a whole country names the level below provinces.
    provinces = {above for above, _ in places}
    if region.area is not None:
        provinces &= {
            fold(region.area.name),
            *(fold(a.name) for a in region.areas.above(region.area.code)),
        }
    return Known(
        area=area,
        today=site.today(now),
        currency=region.currency,
        names={(n.source, n.name): n.commodity for n in site.config.names},
        units=site.units,
        unit_of={code: c.unit for code, c in site.commodities.items()},
        markets=frozenset(site.markets),
        areas=frozenset(place.code for place in own),
        places=places,
        provinces=frozenset(provinces),
    )


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    total = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1024 * 1024):
            total.update(block)
    return total.hexdigest()


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
    outcome = Outcome()
    outcome.again = database.read_now(_seen, job)
    outcome.id = database.write_now(_begin, job, act)
    known = known_of(site, job.area, act.at)
    try:
        for part in _batches(read_file(job.format, job.path, known), BATCH):
            cells = []
            for found in part:
                if isinstance(found, Cell):
                    cells.append(found)
                elif isinstance(found, Reject):
                    outcome.rejected += 1
                    rejects(found)
                else:
                    outcome.outside += 1
            new, changed, same, twice = database.write_now(_store, job, outcome.id, cells)
            outcome.new, outcome.changed = outcome.new + new, outcome.changed + changed
            outcome.same += same
            for reject in twice:
                outcome.rejected += 1
                rejects(reject)
            progress(max((found.row for found in part), default=0))
    finally:
        database.write_now(_end, site, outcome, act)
    return outcome


def _batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    left = iter(items)
    while part := list(islice(left, size)):
        yield part


def _seen(session: Session, job: Job) -> bool:
    query = select(func.count()).select_from(Import)
    return bool(
        session.scalar(query.where(Import.digest == job.digest, Import.source == job.source))
    )


def _begin(session: Session, job: Job, act: Act) -> int:
    row = Import(
        source=job.source,
        format=job.format,
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
    row = session.get_one(Import, outcome.id)
    row.new, row.changed, row.same = outcome.new, outcome.changed, outcome.same
    row.rejected = outcome.rejected
    if outcome.new or outcome.changed:
        site.enqueue(session, "prices.alarms", f"import:{row.id}")
    audit(
        session,
        act,
        "prices.import.run",
        f"prices.import:{row.id}",
        after={"file": row.file, "new": row.new, "changed": row.changed, "rejected": row.rejected},
    )


def _store(
    session: Session, job: Job, import_id: int, cells: Sequence[Cell]
) -> tuple[int, int, int, list[Reject]]:
    """Write a batch; return how many values are new, changed and the same, and what is twice."""
    keys = [Key(job.source, cell.scope, cell.commodity, cell.step) for cell in cells]
    ids = ensure_series(session, dict.fromkeys(keys))
    wanted: dict[tuple[int, datetime.date], Cell] = {}
    twice = []
    for key, cell in zip(keys, cells, strict=True):
        place = ids[key], cell.date
        first = wanted.setdefault(place, cell)
        if first is not cell and (first.price, first.n) != (cell.price, cell.n):
            why = f"row {first.row} gives another price for the same day"
            twice.append(Reject(cell.row, cell.column, str(cell.price), why))
    current = _current(session, wanted)
    for place, row in current.items():
        cell = wanted[place]
        if row.import_id == import_id and (row.price, row.n) != (cell.price, cell.n):
            why = f"the file gave {row.price} for the same day already"
            twice.append(Reject(cell.row, cell.column, str(cell.price), why))
            del wanted[place]
    changed = {
        place: cell
        for place, cell in wanted.items()
        if place not in current or (current[place].price, current[place].n) != (cell.price, cell.n)
    }
    old = [current[place].id for place in changed if place in current]
    for start in range(0, len(old), BATCH // 4):
        some = Average.id.in_(old[start : start + BATCH // 4])
        session.execute(update(Average).where(some).values(current=False))
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
    points = [
        NewPoint(series, date, cell.price, cell.n, import_id=import_id)
        for (series, date), cell in changed.items()
    ]
    publish(session, points, {cell.scope for cell in changed.values()})
    return len(changed) - len(old), len(old), len(wanted) - len(changed), twice


def _current(
    session: Session, wanted: Iterable[tuple[int, datetime.date]]
) -> dict[tuple[int, datetime.date], Average]:
    by_series: dict[int, list[datetime.date]] = {}
    for series, date in wanted:
        by_series.setdefault(series, []).append(date)
    found = {}
    for series, dates in by_series.items():
        rows = session.scalars(
            select(Average).where(
                Average.series == series,
                Average.date.between(min(dates), max(dates)),
                Average.current,
            )
        )
        found.update({(series, row.date): row for row in rows})
    return found
