"""Screen 4: what is wrong there? Reports nearby, a text, photos."""

from starlette.responses import Response

from civicapp.web import Ctx, WebContext
from civicapp_complaints.context import site_of
from civicapp_complaints.pages.door import WRITTEN, go, now
from civicapp_complaints.pages.form import (
    Draft,
    Opened,
    ask,
    faults_of,
    keep,
    left,
    lost,
    onward,
)
from civicapp_complaints.pages.photo import photo_answer
from civicapp_complaints.pages.place import point_of
from civicapp_complaints.pages.router import router
from civicapp_complaints.pages.sent import Sent, text_of
from civicapp_complaints.pages.uploads import PHOTOS, drop_photo, take_photos
from civicapp_complaints.service.errors import Fault
from civicapp_complaints.service.pages_near import near
from civicapp_complaints.service.photos import Upload, add_to_draft, remove_from_draft

FILES = ("camera", "gallery")


@router.get("/new/s/{secret}/describe", response_class=Response)
async def describe(ctx: Ctx, draft: Opened) -> Response:
    """Ask what is wrong there."""
    if draft is None or draft.kept.sent or draft.category is None:
        return lost(ctx, draft)
    return await _ask(ctx, draft)


async def _ask(ctx: WebContext, draft: Draft, faults: tuple[Fault, ...] = ()) -> Response:
    site, fields, point = site_of(ctx), draft.fields, point_of(draft.fields)
    assert draft.category is not None  # noqa: S101 - the caller looked
    found = await ctx.db.read(
        near,
        site,
        draft.category.code,
        fields.get("area") or None,
        (point.lat, point.lon) if point else None,
    )
    return ask(
        ctx,
        draft,
        "describe",
        faults,
        near=found,
        photos=draft.kept.photos,
        room=site.config.photos - len(draft.kept.photos),
        limit=site.config.description_limit,
        least=site.config.description_min,
        most=site.config.photos,
        emergency=draft.category.emergency,
        call=draft.category.call or "",
    )


@router.post("/new/s/{secret}/describe", response_class=Response, dependencies=PHOTOS)
async def answer_describe(ctx: Ctx, draft: Opened, form: Sent) -> Response:
    """Take text and photos; a bad file is named, the others stay."""
    if draft is None or draft.kept.sent or draft.category is None:
        return lost(ctx, draft)
    site, id = site_of(ctx), draft.kept.id

    async def take(upload: Upload) -> object:
        return await ctx.db.write(add_to_draft, site, id, upload, now())

    _, wrong = await take_photos(ctx, form, FILES, take)
    if removed := text_of(form, "remove", 64):
        await _remove(ctx, id, removed)
    draft = await keep(ctx, draft, {"description": text_of(form, "description")})
    if wrong:
        return await _ask(ctx, draft, wrong)
    if (answer := left(ctx, draft, "describe", form)) is not None:
        return answer
    if removed or form.get("upload"):
        return go(draft.here("describe") + "#photos", WRITTEN)
    faults = tuple(faults_of(ctx, draft, "describe"))
    return await _ask(ctx, draft, faults) if faults else onward(ctx, draft, "describe")


async def _remove(ctx: WebContext, id: str, media: str) -> None:
    gone = await ctx.db.write(remove_from_draft, id, media)
    if gone is not None:
        await drop_photo(ctx, gone)


@router.get("/new/s/{secret}/photo/{media}", response_class=Response)
async def draft_photo(ctx: Ctx, draft: Opened, media: str) -> Response:
    """Show a photo of a draft, once it was encoded anew."""
    photos = draft.kept.photos if draft is not None else ()
    return await photo_answer(ctx, photos, media, "small")
