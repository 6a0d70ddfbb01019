"""The portal kit: templates of the kernel and of the plugins, and what every page shows."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import jinja2
from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

from civicapp.service import Block
from civicapp.web.assets import Assets
from civicapp.web.icons import icon
from civicapp.web.menu import Tile, kernel_menu, tiles

if TYPE_CHECKING:
    from civicapp.kernel import Kernel
    from civicapp.web.context import WebContext
    from civicapp.wiring import Wired


class Portal:
    """Render pages. One per kernel; templates are compiled once."""

    def __init__(self, kernel: "Kernel") -> None:
        self.kernel = kernel
        self.assets = Assets(kernel)
        self._environment = _environment(kernel)
        self._environment.globals.update(icon=icon, asset=self.assets.url)

    def html(self, ctx: "WebContext", template: str, **data: object) -> str:
        """Render a template: `civicapp/…` of the kernel, `<plugin id>/…` of a plugin."""
        return self._environment.get_template(template).render(ctx=ctx, **data)

    def block(self, ctx: "WebContext", block: Block) -> Markup:
        """Render a part of a page."""
        return Markup(self.html(ctx, block.template, **block.data))  # noqa: S704 - autoescaped

    def blocks(self, ctx: "WebContext", place: str) -> list[Markup]:
        """Render the parts that services bring to a place: `home`, `area` or `footer`.

        A part that fails is left out and counted; the page stands without it.
        """
        found: list[tuple[int, str, Markup]] = []
        for wired in self.kernel.services:
            function: Callable[[WebContext], Block | None] | None = getattr(wired, place)
            if function is not None:
                part = self.kernel.guarded(wired.id, place, _part(self, ctx, wired, function))
                if part is not None:
                    found.append((part[0], wired.id, part[1]))
        return [html for *_, html in sorted(found, key=lambda f: f[:2])]

    def tiles(self, ctx: "WebContext") -> list[Tile]:
        """List the menu: the services' items and the kernel's own."""
        return sorted([*tiles(ctx), *kernel_menu(ctx)], key=lambda t: (t.weight, t.path))


def _part(
    portal: Portal, ctx: "WebContext", wired: "Wired", function: "Callable[[WebContext], Block | None]"
) -> Callable[[], tuple[int, Markup] | None]:
    def run() -> tuple[int, Markup] | None:
        own = ctx.of(wired.id)
        block = function(own)
        return None if block is None else (block.weight, portal.block(own, block))

    return run


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
