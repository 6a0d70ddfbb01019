"""Serve a list as feeds beside its page, and name them in the page's head."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.responses import Response

from civicapp.feeds import FORMATS, Feed, Format, render_feed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from civicapp.web.context import WebContext

LANGUAGE = "lang"


@dataclass(frozen=True, slots=True)
class Alternate:
    """A feed of a page, for its head: `<link rel=alternate>`."""

    url: str
    media_type: str
    title: str


def alternates(
    ctx: "WebContext", title: str, path: str, query: "Mapping[str, str] | None" = None
) -> tuple[Alternate, ...]:
    """Name the three feeds of a list: `path` without ending, such as `/prices/alarms`.

    Give the page `feeds=alternates(…)` and serve `<path>.rss`, `.atom` and `.json`. A reader has no
    cookie, so that the address says in which language the page was.
    """
    given = dict(query or {})
    if ctx.language != ctx.region.languages[0]:
        given[LANGUAGE] = ctx.language
    after = f"?{urlencode(given)}" if given else ""
    return tuple(Alternate(f"{path}.{name}{after}", kind, title) for name, kind in FORMATS.items())


def site_url(ctx: "WebContext", path: str = "") -> str:
    """Return the absolute address of a path: by the host's setting, else as it was asked for."""
    base = ctx.kernel.settings.base_url or str(ctx.request.base_url).rstrip("/")
    return f"{base}{path}"


def feed_context(ctx: "WebContext") -> "WebContext":
    """Return the context in the language that a feed's address asks for."""
    wanted = ctx.request.query_params.get(LANGUAGE)
    if wanted not in ctx.region.languages:
        return ctx
    translations = ctx.kernel.catalogs.get(ctx.service, wanted)
    return replace(ctx, language=wanted, translations=translations)


def feed_response(
    ctx: "WebContext", format: Format, make: "Callable[[Callable[[str], str]], Feed]"
) -> Response:
    """Answer with a feed; its own address and language are filled in here.

    ctx: of `feed_context`. make: builds it, given what turns a path into an absolute address.
    """
    feed = make(lambda path: site_url(ctx, path))
    url = ctx.request.url
    own = site_url(ctx, url.path + (f"?{url.query}" if url.query else ""))
    return Response(
        render_feed(replace(feed, self_url=own, language=ctx.language), format),
        media_type=FORMATS[format],
        headers={
            "cache-control": "no-cache",
            "content-language": ctx.language,
            "vary": "Accept-Language, Cookie",
        },
    )
