"""Today's prices of a place: every commodity with its price and its change."""

import datetime
import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from civicapp import fold
from civicapp.web import Ctx, WebContext, public_read
from civicapp_prices.config import SURVEY
from civicapp_prices.context import site_of
from civicapp_prices.pages.door import SECONDS, area_tags, asked_area, now, show
from civicapp_prices.pages.router import router
from civicapp_prices.pages.words import Chip, Words
from civicapp_prices.service.newest import Latest
from civicapp_prices.service.scopes import area_scope
from civicapp_prices.service.shown import Board, Unusual, board_of, unusual_of
from civicapp_prices.service.site import Site

LATELY = datetime.timedelta(days=14)  # so long a survey may rest before none is awaited
LONG_AGO = datetime.timedelta(days=31)  # an older price stands apart from those of today
NEAREST = 3
WORDS = 80  # characters of a search


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table. unit: where it is another than most have. sub: it is a variety."""

    code: str
    name: str
    price: str
    unit: str
    chip: Chip
    when: str
    flagged: bool
    sub: bool


@dataclass(frozen=True, slots=True)
class Group:
    """A commodity with its varieties. name: where the commodity itself has no price."""

    name: str
    rows: tuple[Row, ...]


@router.get("", response_class=Response, dependencies=[public_read(area_tags, seconds=SECONDS)])
async def today(ctx: Ctx, q: Annotated[str, Query(max_length=WORDS)] = "") -> Response:
    """List the newest prices of the visitor's area, or of the nearest one above that has some."""
    site, at = site_of(ctx), now()
    asked = asked_area(ctx) or ctx.area
    board = await ctx.db.read(board_of, site, asked, site.shown_day(at))
    scopes = (area_scope(board.area.code),) if board.area else ()
    unusual = await ctx.db.read(unusual_of, site, scopes) if scopes else None
    w = Words(ctx, site, at)
    wanted = " ".join(q.split())
    rows = [row for row in board.rows if matches(site, row.commodity, wanted)]
    newest = board.newest
    names = w.names(row.commodity for row in rows)
    fresh = [row for row in rows if newest and row.date >= newest - LONG_AGO]
    return show(
        ctx,
        "today.html",
        board=board,
        asked=asked,
        groups=groups_of(site, w, fresh, newest),
        old=[line(w, row, names, newest, None, sub=False) for row in rows if row not in fresh],
        unit=w.unit(w.unit_of_most(rows)),
        mixed=len({row.unit for row in rows}) > 1,
        told=told(ctx, site, w, board),
        timing=timing(ctx, site, w, board, at),
        q=wanted,
        count=len(rows),
        near=nearest(board, w, wanted) if wanted and not rows else [],
        unusual=names_of(w, unusual),
    )


def matches(site: Site, code: str, wanted: str) -> bool:
    """Tell whether a commodity has all words of a search in one of its names, or its parent's."""
    words = fold(wanted).split()
    commodity = site.commodities[code]
    parent = site.commodities.get(commodity.parent or "")
    names = [*commodity.name.values(), *(parent.name.values() if parent else ()), code]
    text = fold(" ".join(names))
    return all(word in text for word in words)


def nearest(board: Board, w: Words, wanted: str) -> list[str]:
    """Suggest names of commodities that are written almost as a search."""
    names = {fold(word): word for row in board.rows for word in w.name(row.commodity).split()}
    found = difflib.get_close_matches(fold(wanted), names, NEAREST, 0.6)
    return [names[name] for name in found]


def groups_of(
    site: Site, w: Words, rows: Sequence[Latest], newest: datetime.date | None
) -> list[Group]:
    """Group rows by commodity: first its own price, then its varieties."""
    usual, names = w.unit_of_most(rows), w.names(row.commodity for row in rows)
    found: dict[str, list[Latest]] = {}
    for row in rows:
        found.setdefault(site.commodities[row.commodity].parent or row.commodity, []).append(row)
    groups = []
    for code, members in found.items():
        alone = all(row.commodity != code for row in members)
        lines = (line(w, r, names, newest, usual, sub=r.commodity != code) for r in members)
        groups.append(Group(w.name(code) if alone else "", tuple(lines)))
    return groups


def line(
    w: Words,
    row: Latest,
    names: Mapping[str, str],
    newest: datetime.date | None,
    usual: str | None,
    *,
    sub: bool,
) -> Row:
    """Write a line of the table."""
    late = newest is not None and row.date < newest
    return Row(
        code=row.commodity,
        name=names[row.commodity],
        price=w.money(row.price),
        unit="" if row.unit == usual and row.unit is not None else w.per(row.unit),
        chip=w.chip(row, newest),
        when=w.when(row.date, row.step, short=True) if late or row.step == "month" else "",
        flagged=row.flagged,
        sub=sub,
    )


def told(ctx: WebContext, site: Site, w: Words, board: Board) -> list[str]:
    """Say of how many markets and from which sources the newest prices are, and of which day."""
    newest = board.newest
    if newest is None:
        return []
    of_day = [row for row in board.rows if row.date == newest]
    own = [row for row in of_day if row.source == SURVEY]
    others = [s for s in site.config.sources if s in {r.source for r in of_day} - {SURVEY}]
    day = w.when(newest, of_day[0].step)
    said = []
    if own:
        markets = max(row.markets or 0 for row in own)
        said.append(
            ctx.ngettext(
                "Average of %(num)s market, %(date)s",
                "Average of %(num)s markets, %(date)s",
                markets,
                date=day,
            )
        )
    if others:
        names = w.joined(map(w.source, others))
        if own:
            said.append(ctx.gettext("Further prices: %(source)s", source=names))
        else:
            said.append(ctx.gettext("%(source)s, %(date)s", source=names, date=day))
    return said


def timing(ctx: WebContext, site: Site, w: Words, board: Board, at: datetime.datetime) -> list[str]:
    """Say when the prices of today come, and of which day those are that stand here."""
    newest, today = board.newest, site.today(at)
    if newest is None or newest >= today:
        return []
    gettext = ctx.gettext
    if is_awaited(site, board, at):
        hour = datetime.datetime.combine(today, site.publish_time, site.zone)
        said = [gettext("Today's prices come at %(time)s.", time=ctx.clock(hour))]
    else:
        said = [gettext("There is no new price today.")]
    if newest == today - datetime.timedelta(days=1):
        said.append(gettext("These are yesterday's."))
    else:
        said.append(gettext("These are of %(date)s.", date=w.day(newest)))
    return said


def is_awaited(site: Site, board: Board, at: datetime.datetime) -> bool:
    """Tell whether prices of today are still to come: it is a working day, and not the hour yet.

    And markets were surveyed lately: nothing is promised for officers who have not begun.
    """
    today = site.today(at)
    lately = any(row.source == SURVEY and row.date >= today - LATELY for row in board.rows)
    works = site.region.calendar.is_working_day(today)
    return lately and works and site.shown_day(at) < today


def names_of(w: Words, unusual: Unusual | None) -> tuple[str, list[str]] | None:
    """Return the month of the alarms and the commodities that they are about; None without any."""
    if unusual is None or unusual.month is None or not unusual.items:
        return None
    return w.month(unusual.month), [*dict.fromkeys(w.name(i.commodity) for i in unusual.items)]
