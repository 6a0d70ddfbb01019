"""The portal kit: templates of the kernel and of the plugins, and what every page shows."""

import inspect
import re
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

import jinja2
from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

from civicapp.region.content import LINKED
from civicapp.service import Block
from civicapp.web.assets import Assets
from civicapp.web.context import NoDatabase, local_path
from civicapp.web.finder import AreaFinder
from civicapp.web.icons import icon
from civicapp.web.languages import OWN_NAME, direction, name_in, own_name
from civicapp.web.menu import Tile, find_page, kernel_menu, tiles

if TYPE_CHECKING:
    from civicapp.kernel import Kernel
    from civicapp.region import Area, Page
    from civicapp.web.context import WebContext


class Portal:
    """Render pages. One per kernel; templates are compiled once."""

    def __init__(self, kernel: "Kernel") -> None:
        self.kernel = kernel
        self.assets = Assets(kernel)
        self._environment = _environment(kernel)
        self._environment.globals.update(
            icon=icon,
            asset=self.assets.url,
            direction=direction,
            own_name=self.own_name,
            name_in=name_in,
        )
        self._environment.filters.update(tel=tel, host=host, brief=brief)

    def html(self, ctx: "WebContext", template: str, **data: object) -> str:
        """Render a template: `civicapp/…` of the kernel, `<plugin id>/…` of a plugin."""
        return self._environment.get_template(template).render(ctx=ctx, **data)

    def block(self, ctx: "WebContext", block: Block) -> Markup:
        """Render a part of a page."""
        return Markup(self.html(ctx, block.template, **block.data))  # noqa: S704 - autoescaped

    async def blocks(self, ctx: "WebContext", place: Literal["home", "area"]) -> list[Markup]:
        """Render the parts that services bring to a place; they may read the database.

        A part that fails is left out and counted; the page stands without it.
        """
        found = []
        for wired in self.kernel.services:
            if (function := wired.home if place == "home" else wired.area) is not None:
                own = ctx.of(wired.id)
                with self.kernel.isolated(wired.id, place), suppress(NoDatabase):
                    answer = function(own)
                    block = await answer if inspect.isawaitable(answer) else answer
                    if block is not None:
                        found.append((block.weight, wired.id, self.block(own, block)))
        return [html for *_, html in sorted(found)]

    def footer(self, ctx: "WebContext") -> list[Markup]:
        """Render the lines that services bring to the foot of every page, but those that fail."""
        found = []
        for wired in self.kernel.services:
            if wired.footer is not None:
                own = ctx.of(wired.id)
                with self.kernel.isolated(wired.id, "footer"):
                    block = wired.footer(own)
                    if block is not None:
                        found.append((block.weight, wired.id, self.block(own, block)))
        return [html for *_, html in sorted(found)]

    async def tiles(self, ctx: "WebContext") -> list[Tile]:
        """List the menu: the services' items and the kernel's own."""
        return sorted([*await tiles(ctx), *kernel_menu(ctx)], key=lambda t: (t.weight, t.path))

    # What the layout of every page asks for

    def own_name(self, language: str) -> str:
        """Return what a language calls itself, as its translation says or as babel knows it."""
        return self.kernel.catalogs.own(language, OWN_NAME) or own_name(language)

    def name(self, ctx: "WebContext") -> str:
        """Return the name of this portal."""
        return ctx.text(self.kernel.region.theme.name or self.kernel.region.name)

    def footer_pages(self, ctx: "WebContext") -> list["Page"]:
        """List the content pages that every page links to."""
        return [page for slug in LINKED if (page := find_page(ctx, slug))]

    def place(self, area: "Area") -> str:
        """Name an area with those above it: `Mill, East Bay`."""
        region = self.kernel.region
        steps = region.areas.above(area.code)
        own = [a.name for a in steps if a != region.area and region.areas.own(a.code)]
        return ", ".join(own) or area.name

    def here(self, ctx: "WebContext") -> str:
        """Return where to come back to from a page: itself, or the home page after a form."""
        return ctx.here if ctx.request.method in ("GET", "HEAD") else "/"

    def form(self, ctx: "WebContext") -> str | None:
        """Return the page of the form that was sent, if the browser says which it was."""
        came_from = urlsplit(ctx.request.headers.get("referer", ""))
        if came_from.netloc != ctx.request.headers.get("host") or not came_from.path:
            return None
        return local_path(came_from.path + (f"?{came_from.query}" if came_from.query else ""))

    @cached_property
    def finder(self) -> AreaFinder:
        """Return the search for areas."""
        return AreaFinder(self.kernel.region.areas)


def tel(number: str) -> str:
    """Return what a phone dials: `(0721) 123456` becomes `0721123456`."""
    return "".join(c for c in number if c.isdigit() or c == "+")


def host(url: str) -> str:
    """Return the host of an address, as people write it: `roads.example.org`."""
    return urlsplit(url).netloc.removeprefix("www.")


def brief(version: str) -> str:
    """Shorten the hashes in a version as git does."""
    return re.sub(r"\b([0-9a-f]{7})[0-9a-f]{33}\b", r"\1", version)


def _environment(kernel: "Kernel") -> jinja2.Environment:
    loaders: dict[str, jinja2.BaseLoader] = {
        "civicapp": jinja2.PackageLoader("civicapp.web", "templates")
    }
    for wired in kernel.services:
        if wired.folder and (wired.folder / "templates").is_dir():
            loaders[wired.id] = jinja2.FileSystemLoader(wired.folder / "templates")
    environment = jinja2.Environment(
        loader=jinja2.PrefixLoader(loaders),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        auto_reload=kernel.settings.env == "development",
    )
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        _gettext, _ngettext, newstyle=True
    )
    return environment


@jinja2.pass_context
def _gettext(context: jinja2.runtime.Context, message: str) -> str:
    return str(context["ctx"].translations.gettext(message))


@jinja2.pass_context
def _ngettext(context: jinja2.runtime.Context, singular: str, plural: str, n: int) -> str:
    return str(context["ctx"].translations.ngettext(singular, plural, n))


def render(ctx: "WebContext", template: str, *, status: int = 200, **data: object) -> Response:
    """Answer with a page: `render(ctx, "prices/page.html", rows=rows)`."""
    return HTMLResponse(
        ctx.portal.html(ctx, template, **data),
        status,
        headers={
            "content-language": ctx.language,
            "cache-control": "no-cache",
            "vary": "Accept-Language, Cookie",
        },
    )
