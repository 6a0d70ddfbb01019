"""What reporters do: send a report, and with its secret answer, confirm, object, add photos."""

from typing import Annotated, Literal, cast

from fastapi import APIRouter, File, Header, Response, UploadFile
from sqlalchemy.orm import Session

from civicapp import Region
from civicapp.web import (
    Ctx,
    IfMatchGiven,
    Once,
    Rates,
    WebContext,
    json_answer,
    large_body,
    limit,
    problems,
    version_tag,
)
from civicapp_complaints.api.errors import WRITES, problems_of
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
    Upload,
    add_to_report,
)
from civicapp_complaints.service.read import view_for_reporter
from civicapp_complaints.service.reporter import Wish, act, set_visibility
from civicapp_complaints.service.submit import Submission, submit
from civicapp_complaints.service.views import PhotoView, Receipt, ReportView
from civicapp_complaints.uploads import keep_upload

router = APIRouter()
Secret = Annotated[
    str, Header(alias="X-Report-Secret", description="opens the report for its reporter")
]
LOST = Rates(slow=20, refuse=200)
PHOTOS = Rates(slow=200, refuse=3000)
OVERHEAD = 64 * 1024  # bytes around a file in a form


def photo_limit(region: Region) -> int:
    """Return how large a form with one photo may be; one byte more than allowed gets our words."""
    return region.config("complaints", ComplaintsConfig).photo_mb * MB + MB + OVERHEAD


@router.post(
    "/reports",
    operation_id="complaints_submit",
    status_code=201,
    responses=problems(409, 429, *WRITES),
)
async def send(ctx: Ctx, given: ReportIn, once: Once) -> ReceiptOut:
    """Send a report; the receipt has its number, and the secret that opens it."""
    site = site_of(ctx)
    config = site.config
    await limit(ctx, "complaints.submit", Rates(config.slow_above, config.refuse_above))

    def answer(receipt: Receipt) -> Response:
        headers = {"location": f"{ROOT}/reports/{receipt.shown}", "cache-control": "no-store"}
        return json_answer(Shown(ctx, site).receipt(receipt), 201, headers)

    with problems_of(ctx, "body", "contact"):
        made = await once.write(submit, site, submission_of(ctx, given), now(), answer=answer)
    return cast("ReceiptOut", made)  # a finished response: FastAPI sends it as it is


def submission_of(ctx: WebContext, given: ReportIn) -> Submission:
    """Turn what was sent into what the service checks."""
    contact = given.contact or ContactIn()
    return Submission(
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


@router.post(
    "/reports/{number}/media",
    operation_id="complaints_add_photo",
    status_code=201,
    dependencies=[large_body(photo_limit)],
    responses=problems(404, 409, 412, 429, *WRITES),
)
async def add_photo(
    ctx: Ctx,
    number: Number,
    x_report_secret: Secret,
    seen: IfMatchGiven,
    once: Once,
    file: Annotated[UploadFile, File(description="JPEG, PNG or WebP")],
) -> PhotoOut:
    """Add a photo to a report. It is shown when it was encoded anew, without its place and time."""
    site, at = site_of(ctx), now()
    await limit(ctx, "complaints.photo", PHOTOS)

    def answer(photo: PhotoView) -> Response:
        return json_answer(Shown(ctx, site).photo(photo, site.shown(report.number)), 201)

    async def keep(upload: Upload) -> Response:
        def add(session: Session) -> PhotoView:
            mine = opened(session, site, number, x_report_secret)
            seen.check(mine.version)
            return add_to_report(session, site, mine, upload, at)

        return await once.write(add, answer=answer)

    with problems_of(ctx):
        report = await ctx.db.read(opened, site, number, x_report_secret)
        made = await keep_upload(ctx, site, await file.read(), keep)
    return cast("PhotoOut", made)


@router.post(
    "/reports/{number}/{action}",
    operation_id="complaints_reporter_action",
    responses=problems(404, 409, 412, *WRITES),
)
async def do(
    ctx: Ctx,
    response: Response,
    number: Number,
    action: Literal["answer", "confirm", "dispute", "withdraw", "reopen", "appeal"],
    given: WishIn,
    x_report_secret: Secret,
    seen: IfMatchGiven,
) -> OwnReportOut:
    """Answer a question, confirm that it is done, object, withdraw, or open a report again."""
    site, at = site_of(ctx), now()

    def run(session: Session) -> ReportView:
        report = opened(session, site, number, x_report_secret)
        seen.check(report.version)
        wish = Wish(action=action, text=given.text)
        return view_for_reporter(session, site, act(session, site, report, wish, at), at)

    with problems_of(ctx):
        view = await ctx.db.write(run)
    response.headers["etag"] = version_tag(view.version)
    return Shown(ctx, site).own_report(view)


@router.patch(
    "/reports/{number}/visibility",
    operation_id="complaints_visibility",
    responses=problems(404, 412, *WRITES),
)
async def visibility(
    ctx: Ctx,
    response: Response,
    number: Number,
    given: VisibilityIn,
    x_report_secret: Secret,
    seen: IfMatchGiven,
) -> OwnReportOut:
    """Choose who may see a report."""
    site, at = site_of(ctx), now()

    def run(session: Session) -> ReportView:
        report = opened(session, site, number, x_report_secret)
        seen.check(report.version)
        set_visibility(session, site, report, given.visibility, at)
        return view_for_reporter(session, site, report, at)

    with problems_of(ctx):
        view = await ctx.db.write(run)
    response.headers["etag"] = version_tag(view.version)
    return Shown(ctx, site).own_report(view)


@router.post("/lost", operation_id="complaints_lost", status_code=202, responses=problems(422, 429))
async def lost(ctx: Ctx, given: LostIn) -> None:
    """Send a new link to the address that was given with a report; the answer tells nothing."""
    await limit(ctx, "complaints.lost", LOST)
    with problems_of(ctx):
        await ctx.db.write(resend, site_of(ctx), given.id, given.email, now())
