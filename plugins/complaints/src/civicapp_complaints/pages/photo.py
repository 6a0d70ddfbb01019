"""Photos as answers: the files that were made of an upload, never the upload itself."""

from collections.abc import Iterable

from starlette.responses import Response

from civicapp.web import NotFound, WebContext
from civicapp_complaints.service.photos import LARGE, SMALL, file_name
from civicapp_complaints.service.views import PhotoView

FORMS = (SMALL, LARGE)


async def photo_answer(
    ctx: WebContext,
    photos: Iterable[PhotoView],
    media: str,
    form: str,
    *,
    cache: str = "private, max-age=600",
) -> Response:
    """Answer with a photo that is among these and ready; raise NotFound for all others alike."""
    found = next((p for p in photos if p.id == media and p.ready), None)
    if found is None or form not in FORMS:
        raise NotFound
    content = await ctx.files.get(file_name(found.id, form))
    headers = {"cache-control": cache, "content-security-policy": "default-src 'none'"}
    return Response(content, media_type="image/webp", headers=headers)
