"""Feeds of alarms: what became unusual, and what is usual again, for readers and other sites."""

import datetime
import uuid
from collections.abc import Callable

from starlette.responses import Response

from civicapp import Feed, FeedItem
from civicapp.web import Ctx, NotFound, WebContext, feed_context, feed_response, public_read
from civicapp_prices.context import site_of
from civicapp_prices.pages.door import HOME, now, url
from civicapp_prices.pages.router import router
from civicapp_prices.pages.words import CLASSES, Words
from civicapp_prices.service.alarms import TAG, alarm_scopes
from civicapp_prices.service.scopes import area_scope, code_of
from civicapp_prices.service.site import Site
from civicapp_prices.service.turns import Turn, turns

PATH = f"{HOME}/alarms"
START = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)  # of a feed in which nothing is yet
READ = [public_read(TAG)]


@router.get("/alarms.rss", response_class=Response, dependencies=READ)
async def alarms_rss(ctx: Ctx) -> Response:
    """List the newest alarms as RSS."""
    made, build = await _feed(ctx)
    return feed_response(made, "rss", build)


@router.get("/alarms.atom", response_class=Response, dependencies=READ)
async def alarms_atom(ctx: Ctx) -> Response:
    """List the newest alarms as Atom."""
    made, build = await _feed(ctx)
    return feed_response(made, "atom", build)


@router.get("/alarms.json", response_class=Response, dependencies=READ)
async def alarms_json(ctx: Ctx) -> Response:
    """List the newest alarms as JSON Feed."""
    made, build = await _feed(ctx)
    return feed_response(made, "json", build)


async def _feed(asked: WebContext) -> tuple[WebContext, Callable[[Callable[[str], str]], Feed]]:
    """Read the alarms of all areas, or of the one that the address names."""
    ctx = feed_context(asked)
    site = site_of(ctx)
    code = ctx.request.query_params.get("area", "")
    scopes = (area_scope(code),) if code else ()
    if not set(scopes) <= set(alarm_scopes(site)):
        raise NotFound(ctx.gettext("No alarms are published for this area."))
    found = await ctx.db.read(turns, site, scopes)
    w = Words(ctx, site, now())
    where = w.place(scopes[0]) if scopes else ctx.text(ctx.region.name)
    owner = ctx.region.operator or ctx.region.name

    def build(absolute: Callable[[str], str]) -> Feed:
        return Feed(
            title=ctx.gettext("Unusual food prices: %(area)s", area=where),
            url=absolute(url(PATH, area=code)),
            self_url="",
            text=ctx.gettext("Which prices became unusual in the last months, or usual again."),
            language=ctx.language,
            author=ctx.text(owner),
            items=[_item(ctx, w, site, turn, absolute) for turn in found],
            updated=START,
        )

    return ctx, build


def _item(
    ctx: WebContext, w: Words, site: Site, turn: Turn, absolute: Callable[[str], str]
) -> FeedItem:
    told = w.alarm(turn.kind, turn.class_, turn.value)
    area = code_of(turn.scope)
    name, place, word = w.name(turn.commodity), w.place(turn.scope), told.word
    said = [
        ctx.gettext("%(month)s: %(sentence)s", month=w.month(turn.month), sentence=told.text),
        _before(ctx, turn),
        f"{told.name}: {told.value}." if told.value else f"{told.name}.",
        ctx.gettext("Source: %(source)s.", source=w.source(turn.source)),
    ]
    return FeedItem(
        id=identity(site, turn),
        url=absolute(url(f"{HOME}/{turn.commodity}", area=area, source=turn.source)),
        title=ctx.gettext(
            "%(commodity)s, %(area)s: %(word)s", commodity=name, area=place, word=word
        ),
        text=" ".join(part for part in said if part),
        published=turn.first_at,
        updated=turn.computed_at,
        categories=(name, told.name),
    )


def _before(ctx: WebContext, turn: Turn) -> str:
    if turn.before is None:
        return ""
    word = ctx.gettext(CLASSES[turn.before][1])
    return ctx.gettext("The month before: %(word)s.", word=word)


def identity(site: Site, turn: Turn) -> str:
    """Return the name of an item for ever: a correction of the same month keeps it."""
    parts = (site.region.id, turn.source, turn.scope, turn.commodity, turn.kind, turn.month)
    return uuid.uuid5(uuid.NAMESPACE_URL, "civicapp/prices/alarm/" + "/".join(parts)).urn
