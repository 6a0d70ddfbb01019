"""Uploads: photos of a form: checked, put, and each fault told by the name of its file."""

from collections.abc import Awaitable, Callable, Sequence

from starlette.datastructures import FormData, UploadFile

from civicapp import N_, Region
from civicapp.web import WebContext, large_body
from civicapp_complaints.config import ComplaintsConfig
from civicapp_complaints.context import site_of
from civicapp_complaints.pages.pace import PHOTOS as SPEED
from civicapp_complaints.pages.pace import too_fast
from civicapp_complaints.service.errors import Fault, Invalid
from civicapp_complaints.service.photos import (
    LARGE,
    MB,
    ORIGINAL,
    SMALL,
    Upload,
    file_name,
    inspect_photo,
)

MOST = 40  # files of a form that are looked at
LONGEST_NAME = 60
SHOTS = 5  # of the largest size that a form may bring at once
Take = Callable[[Upload], Awaitable[object]]
NAMED = N_("%(file)s: %(why)s")
NO_PHOTO = N_("%(file)s is no photo. Use JPG or PNG.")


def photos_limit(region: Region) -> int:
    """Return how large a form with photos may be."""
    config = region.config("complaints", ComplaintsConfig)
    return (config.photo_mb + 1) * MB * min(config.photos, SHOTS) + MB


PHOTOS = [large_body(photos_limit)]  # for the dependencies of a route


async def take_photos(
    ctx: WebContext, form: FormData, names: Sequence[str], take: Take
) -> tuple[int, tuple[Fault, ...]]:
    """Keep the sound photos of a form; return how many, and what is wrong with the others.

    names: of the file inputs. take: writes the row of one photo whose file was put.
    """
    faults: list[Fault] = []
    kept = 0
    for field in names:
        for file in form.getlist(field)[:MOST]:
            if not isinstance(file, UploadFile) or not file.filename:
                continue
            if wait := await too_fast(ctx, "photo", SPEED, field):
                return kept, (*faults, *wait)
            try:
                await _take(ctx, file, take)
                kept += 1
            except Invalid as invalid:
                faults += (_named(ctx, field, file, f) for f in invalid.faults)
                if any(f.code == "too-many" for f in invalid.faults):
                    return kept, tuple(faults)
    return kept, tuple(faults)


async def _take(ctx: WebContext, file: UploadFile, take: Take) -> None:
    config, files = site_of(ctx).config, ctx.files
    content = await file.read(config.photo_mb * MB + 1)
    upload = inspect_photo(content, config)
    await files.put(file_name(upload.id), content)
    try:
        await take(upload)
    except Invalid:
        await files.delete(file_name(upload.id))
        raise


def _named(ctx: WebContext, field: str, file: UploadFile, fault: Fault) -> Fault:
    if fault.code == "too-many":
        return Fault(field, fault.code, fault.message, fault.words)
    name = "".join(c for c in file.filename or "" if c.isprintable())
    short = name if len(name) <= LONGEST_NAME else "…" + name[-LONGEST_NAME:]
    if fault.code == "photo-kind":
        return Fault(field, fault.code, NO_PHOTO, {"file": short})
    words = {k: str(v) for k, v in fault.words.items()}
    why = ctx.gettext(fault.message, **words)
    return Fault(field, fault.code, NAMED, {"file": short, "why": why})


async def drop_photo(ctx: WebContext, media: str) -> None:
    """Remove the files of a photo whose row is gone."""
    for form in (ORIGINAL, LARGE, SMALL):
        await ctx.files.delete(file_name(media, form))
