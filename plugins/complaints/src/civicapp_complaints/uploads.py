"""Keep an upload: the file first, then the row that names it; no file is left without one."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from civicapp_complaints.service.photos import Upload, file_name, inspect_photo
from civicapp_complaints.service.site import Site

if TYPE_CHECKING:
    from civicapp.web import WebContext

T = TypeVar("T")


async def keep_upload(
    ctx: "WebContext", site: Site, content: bytes, keep: Callable[[Upload], Awaitable[T]]
) -> T:
    """Check a photo, keep its file, and run what keeps its row; raise Invalid.

    When the row is refused the file goes too.
    """
    upload = inspect_photo(content, site.config)
    name = file_name(upload.id)
    await ctx.files.put(name, content)
    try:
        return await keep(upload)
    except BaseException:
        await ctx.files.delete(name)
        raise
