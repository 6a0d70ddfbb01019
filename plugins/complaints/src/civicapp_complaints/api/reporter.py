"""What reporters do: send a report, and with its secret answer, confirm, object, add photos."""

from typing import Annotated, Literal

from fastapi import APIRouter, File, Header, Response, UploadFile
from sqlalchemy.orm import Session

from civicapp import Region
from civicapp.web import Ctx, large_body, problems
from civicapp_complaints.api.errors import etag, problems_of, seen_version
from civicapp_complaints.api.models import (
    ContactIn,
    LostIn,
    OwnReportOut,
    PhotoOut,
    ReceiptOut,
    ReportIn,
    VisibilityIn,
    WishIn,
)
from civicapp_complaints.api.public import Number, now
from civicapp_complaints.api.shown import ROOT, Shown
from civicapp_complaints.config import ComplaintsConfig
from civicapp_complaints.context import site_of
from civicapp_complaints.service.links import opened, resend
from civicapp_complaints.service.photos import (
    MB,
    add_to_report,
    file_name,
    inspect_photo,
)
from civicapp_complaints.service.read import view_for_reporter
from civicapp_complaints.service.reporter import Wish, act, set_visibility
from civicapp_complaints.service.submit import Submission, submit
from civicapp_complaints.service.views import PhotoView, ReportView

router = APIRouter()
Secret = Annotated[
    str, Header(alias="X-Report-Secret", description="opens the report for its reporter")
]
IfMatch = Annotated[
    str | None, Header(description="`version` of the report as it was seen, in quotes")
]
OVERHEAD = 64 * 1024  # bytes around a file in a form


def photo_limit(region: Region) -> int:
    """Return how large a form with one photo may be; one byte more than allowed gets our words."""
    return region.config("complaints", ComplaintsConfig).photo_mb * MB + MB + OVERHEAD


@router.post(
    "/reports",
    operation_id="complaints_submit",
    status_code=201,
    responses=problems(422, 429),
)
async def send(
    ctx: Ctx,
    response: Response,
    given: ReportIn,
    idempotency_key: Annotated[
        str | None,
        Header(description="the same key and report give the same receipt", max_length=200),
    ] = None,
) -> ReceiptOut:
    """Send a report; the receipt has its number, and the secret that opens it."""
    site = site_of(ctx)
    contact = given.contact or ContactIn()
    submission = Submission(
        category=given.category,
        description=given.description,
        answer=given.answer,
        lat=given.lat,
        lon=given.lon,
        accuracy_m=given.accuracy_m,
        area_code=given.area_code or "",
        landmark=given.landmark or "",
        name=contact.name or "",
        email=contact.email or "",
        phone=contact.phone or "",
        visibility=given.visibility,
        share_contact=given.share_contact,
        language=ctx.language,
        channel="api",
    )
    with problems_of(ctx, "body", "contact"):
        receipt = await ctx.db.write(submit, site, submission, now(), idempotency_key)
    response.headers["location"] = f"{ROOT}/reports/{receipt.shown}"
    response.headers["cache-control"] = "no-store"
    return Shown(ctx, site).receipt(receipt)


@router.post(
    "/reports/{number}/media",
    operation_id="complaints_add_photo",
    status_code=201,
    dependencies=[large_body(photo_limit)],
    responses=problems(404, 412, 413, 422),
)
async def add_photo(
    ctx: Ctx,
    number: Number,
    x_report_secret: Secret,
    file: Annotated[UploadFile, File(description="JPEG, PNG or WebP")],
    if_match: IfMatch = None,
) -> PhotoOut:
    """Add a photo to a report. It is shown when it was encoded anew, without its place and time."""
    site, at = site_of(ctx), now()
    with problems_of(ctx):
        report = await ctx.db.read(opened, site, number, x_report_secret)
        content = await file.read()
        upload = inspect_photo(content, site.config)
        await ctx.files.put(file_name(upload.id), content)

        def add(session: Session) -> PhotoView:
            mine = opened(session, site, number, x_report_secret)
            return add_to_report(session, site, mine, upload, at, None, seen_version(if_match))

        photo = await ctx.db.write(add)
    return Shown(ctx, site).photo(photo, site.shown(report.number))


@router.post(
    "/reports/{number}/{action}",
    operation_id="complaints_reporter_action",
    responses=problems(404, 409, 412, 422),
)
async def do(
    ctx: Ctx,
    response: Response,
    number: Number,
    action: Literal["answer", "confirm", "dispute", "withdraw", "reopen", "appeal"],
    given: WishIn,
    x_report_secret: Secret,
    if_match: IfMatch = None,
) -> OwnReportOut:
    """Answer a question, confirm that it is done, object, withdraw, or open a report again."""
    site, at = site_of(ctx), now()

    def run(session: Session) -> ReportView:
        report = opened(session, site, number, x_report_secret)
        wish = Wish(action=action, version=seen_version(if_match), text=given.text)
        return view_for_reporter(session, site, act(session, site, report, wish, at), at)

    with problems_of(ctx):
        view = await ctx.db.write(run)
    response.headers["etag"] = etag(view.version)
    return Shown(ctx, site).own_report(view)


@router.patch(
    "/reports/{number}/visibility",
    operation_id="complaints_visibility",
    responses=problems(404, 412, 422),
)
async def visibility(
    ctx: Ctx,
    response: Response,
    number: Number,
    given: VisibilityIn,
    x_report_secret: Secret,
    if_match: IfMatch = None,
) -> OwnReportOut:
    """Choose who may see a report."""
    site, at = site_of(ctx), now()

    def run(session: Session) -> ReportView:
        report = opened(session, site, number, x_report_secret)
        seen = seen_version(if_match)
        set_visibility(session, site, report, given.visibility, at, seen)
        return view_for_reporter(session, site, report, at)

    with problems_of(ctx):
        view = await ctx.db.write(run)
    response.headers["etag"] = etag(view.version)
    return Shown(ctx, site).own_report(view)


@router.post("/lost", operation_id="complaints_lost", status_code=202, responses=problems(422, 429))
async def lost(ctx: Ctx, given: LostIn) -> None:
    """Send a new link to the address that was given with a report; the answer tells nothing."""
    with problems_of(ctx):
        await ctx.db.write(resend, site_of(ctx), given.id, given.email, now())
