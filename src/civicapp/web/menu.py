"""The menu: tiles of the services and of the kernel itself."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from civicapp.web.context import WebContext


@dataclass(frozen=True, slots=True)
class Tile:
    """One entry of the menu, in the visitor's language."""

    path: str
    label: str
    summary: str
    icon: str
    weight: int


def tiles(ctx: "WebContext") -> list[Tile]:
    """List the services' entries; a live fact that fails leaves the summary."""
    found = []
    for wired in ctx.kernel.services:
        own = ctx.of(wired.id)
        for entry in wired.menu:
            fact = None
            if entry.fact is not None:
                function = entry.fact
                fact = ctx.kernel.guarded(wired.id, f"fact {entry.item.key}", lambda: function(own))  # noqa: B023
            summary = fact or own.gettext(entry.item.summary)
            item = entry.item
            found.append(Tile(entry.path, own.gettext(item.label), summary, item.icon, item.weight))
    return found


def kernel_menu(ctx: "WebContext") -> list[Tile]:
    """List the kernel's own entries: the page of the visitor's area."""
    if not ctx.region.areas:
        return []
    if ctx.area is None:
        label, summary, path = ctx.gettext("My area"), ctx.gettext("Offices near you"), "/area"
    else:
        label, path = ctx.gettext("My area"), f"/area/{ctx.area.code}"
        summary = ctx.text(ctx.area.title)
    return [Tile(path, label, summary, "pin", 90)]
