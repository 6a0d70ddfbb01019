"""Parts of other pages: on the home page and on an area's page, the way to its public reports."""

from urllib.parse import urlencode

from civicapp import Block, Context
from civicapp_complaints.pages.door import HOME


def home_block(ctx: Context) -> Block | None:
    """Lead to the public reports of the visitor's area."""
    return Block("complaints/block_home.html", _data(ctx), weight=30)


def area_block(ctx: Context) -> Block | None:
    """Lead to the public reports of an area, and to a new one."""
    return Block("complaints/block_area.html", _data(ctx), weight=30)


def _data(ctx: Context) -> dict[str, object]:
    query = f"?{urlencode({'area': ctx.area.code})}" if ctx.area else ""
    return {"list": f"{HOME}{query}", "map": f"{HOME}/map{query}", "new": f"{HOME}/new"}
