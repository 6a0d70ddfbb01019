"""What officers do, by bearer token or signed in: their queue, a report, every action on it."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, File, Path, Query, Response, UploadFile
from sqlalchemy.orm import Session

from civicapp import Person
from civicapp.web import Ctx, IfMatch, WebContext, large_body, problems, require, version_tag
from civicapp_complaints.api.errors import WRITES, problems_of
from civicapp_complaints.api.models import (
    ContactIn,
    ContactOut,
    DeskReportOut,
    LetterOut,
    OrderIn,
    PhotoOut,
    QueueList,
    ReasonIn,
    ReviewIn,
    SecretOut,
)
from civicapp_complaints.api.public import Number, Size, links, now, picture
from civicapp_complaints.api.queries import QueueQuery
from civicapp_complaints.api.reporter import photo_limit
from civicapp_complaints.api.shown import Shown
from civicapp_complaints.context import site_of
from civicapp_complaints.models import Report
from civicapp_complaints.permissions import ISSUE, READ, REVEAL, REVIEW
from civicapp_complaints.service import officer
from civicapp_complaints.service.handover import letter_of
from civicapp_complaints.service.links import Matching, reissue
from civicapp_complaints.service.lists import QueueFilter, queue, read_cursor
from civicapp_complaints.service.officer import Order, Reply, add_after_photo, reply, reveal
from civicapp_complaints.service.photos import LARGE, Upload
from civicapp_complaints.service.read import officers_report, view_for_officer
from civicapp_complaints.service.review import Review, review
from civicapp_complaints.service.rows import load_for
from civicapp_complaints.service.showing import officers_photo
from civicapp_complaints.service.views import Letter, PhotoView, ReportView
from civicapp_complaints.uploads import keep_upload

router = APIRouter()
Reader = Annotated[Person, Depends(require(READ))]
ActionName = Literal[
    "route",
    "return",
    "reassign",
    "accept",
    "ask",
    "schedule",
    "start",
    "hand_over",
    "take_back",
    "resolve",
    "send_back",
    "confirm",
    "reject",
    "no_action",
    "merge",
    "unmerge",
    "reopen",
    "reply",
    "note",
]
SEEN = problems(401, 403, 404, 422)
CHANGED = problems(401, 403, 404, 409, 412, 428, *WRITES)


@router.get("/reports", operation_id="complaints_desk_queue", responses=problems(401, 403, 422))
async def reports(
    ctx: Ctx, response: Response, person: Reader, query: Annotated[QueueQuery, Query()]
) -> QueueList:
    """List the reports of the caller's own agencies and areas, the first due first."""
    site = site_of(ctx)
    wanted = QueueFilter(**query.model_dump(exclude={"cursor", "limit"}))
    with problems_of(ctx, "query"):
        cursor = read_cursor(query.cursor)
        page = await ctx.db.read(queue, site, person, wanted, now(), cursor, query.limit)
    response.headers["link"] = links(ctx, next=page.next, prev=page.previous)
    shown = Shown(ctx, site)
    return QueueList(items=[shown.waiting(i) for i in page.items], next=page.next)


@router.get("/reports/{number}", operation_id="complaints_desk_report", responses=SEEN)
async def report(ctx: Ctx, response: Response, person: Reader, number: Number) -> DeskReportOut:
    """Show a report of the caller's own rows; any other answers like one that does not exist."""
    with problems_of(ctx):
        view = await ctx.db.read(officers_report, site_of(ctx), person, number, now())
    return _answer(ctx, response, view)


def _answer(ctx: WebContext, response: Response, view: ReportView) -> DeskReportOut:
    response.headers["etag"] = version_tag(view.version)
    return Shown(ctx, site_of(ctx)).desk_report(view)


@router.post(
    "/reports/{number}/review",
    operation_id="complaints_desk_review",
    dependencies=[Depends(require(REVIEW))],
    responses=CHANGED,
)
async def decide(
    ctx: Ctx,
    response: Response,
    person: Reader,
    number: Number,
    given: ReviewIn,
    seen: IfMatch,
) -> DeskReportOut:
    """Decide whether a report and its photos become public."""
    site, by = site_of(ctx), ctx.act
    made = Review(
        approve=given.approve,
        text=given.text,
        photos=given.photos,
        reason=given.reason,
    )

    def run(session: Session) -> ReportView:
        seen.check(load_for(session, site, person, number).version)
        found = review(session, site, person, number, made, by)
        return view_for_officer(session, site, person, found, by.at)

    with problems_of(ctx):
        view = await ctx.db.write(run)
    return _answer(ctx, response, view)


@router.post(
    "/reports/{number}/media",
    operation_id="complaints_desk_photo",
    status_code=201,
    dependencies=[large_body(photo_limit)],
    responses=CHANGED,
)
async def add_photo(
    ctx: Ctx,
    person: Reader,
    number: Number,
    seen: IfMatch,
    file: Annotated[UploadFile, File(description="JPEG, PNG or WebP")],
) -> PhotoOut:
    """Add a photo that shows the finished work."""
    site, by = site_of(ctx), ctx.act

    async def keep(upload: Upload) -> PhotoView:
        def add(session: Session) -> PhotoView:
            seen.check(load_for(session, site, person, number).version)
            return add_after_photo(session, site, person, number, upload, by)

        return await ctx.db.write(add)

    with problems_of(ctx):
        found = await ctx.db.read(load_for, site, person, number)
        photo = await keep_upload(ctx, site, await file.read(), keep)
    return Shown(ctx, site).photo(photo, site.shown(found.number), "/desk")


@router.post(
    "/reports/{number}/reveal",
    operation_id="complaints_desk_reveal",
    dependencies=[Depends(require(REVEAL))],
    responses=SEEN,
)
async def open_contact(
    ctx: Ctx, response: Response, person: Reader, number: Number, given: ReasonIn
) -> ContactOut:
    """Open a reporter's contact data; reason and opening go on record."""
    with problems_of(ctx):
        found = await ctx.db.write(reveal, site_of(ctx), person, number, given.reason, ctx.act)
    response.headers["cache-control"] = "no-store"
    return ContactOut(name=found.name, email=found.email, phone=found.phone)


@router.post(
    "/reports/{number}/link",
    operation_id="complaints_desk_link",
    dependencies=[Depends(require(ISSUE))],
    responses=SEEN,
)
async def new_link(
    ctx: Ctx, response: Response, person: Reader, number: Number, given: ContactIn
) -> SecretOut:
    """Give a reporter at the desk a new link, if what they say agrees with the report."""
    site = site_of(ctx)
    told = Matching(given.name or "", given.email or "", given.phone or "")
    with problems_of(ctx):
        found = await ctx.db.read(load_for, site, person, number)
        secret = await ctx.db.write(reissue, site, person, number, told, ctx.act)
    response.headers["cache-control"] = "no-store"
    return SecretOut(id=site.shown(found.number), secret=secret)


@router.get("/reports/{number}/letter", operation_id="complaints_desk_letter", responses=SEEN)
async def letter(ctx: Ctx, person: Reader, number: Number) -> LetterOut:
    """Write the letter of the newest hand-over."""
    site = site_of(ctx)

    def run(session: Session) -> Letter:
        found: Report = load_for(session, site, person, number)
        return letter_of(session, site, found, ctx.gettext)

    with problems_of(ctx):
        text = await ctx.db.read(run)
    return LetterOut(subject=text.subject, body=text.body)


@router.get(
    "/reports/{number}/media/{media}",
    operation_id="complaints_desk_report_photo",
    response_class=Response,
    responses={200: {"content": {"image/webp": {}}}, **SEEN},
)
async def photo(
    ctx: Ctx,
    person: Reader,
    number: Number,
    media: Annotated[str, Path(description="id of the photo", max_length=32)],
    size: Size = "large",
) -> Response:
    """Give a photo of a report of the caller's own rows."""
    site, small = site_of(ctx), size != LARGE

    def find(session: Session) -> str:
        return officers_photo(session, site, person, number, media, small=small)

    with problems_of(ctx):
        name = await ctx.db.read(find)
    return await picture(ctx, name)


@router.post("/reports/{number}/{action}", operation_id="complaints_desk_action", responses=CHANGED)
async def do(
    ctx: Ctx,
    response: Response,
    person: Reader,
    number: Number,
    action: ActionName,
    given: OrderIn,
    seen: IfMatch,
) -> DeskReportOut:
    """Do something with a report; `actions` of the report says what may be done."""
    site, by = site_of(ctx), ctx.act

    def run(session: Session) -> ReportView:
        seen.check(load_for(session, site, person, number).version)
        if action in ("reply", "note"):
            text = Reply(text=given.text or "", internal=action == "note")
            found = reply(session, site, person, number, text, by)
        else:
            order = Order(action=action, carried=_carried(given))
            found = officer.act(session, site, person, number, order, by)
        return view_for_officer(session, site, person, found, by.at)

    with problems_of(ctx):
        view = await ctx.db.write(run)
    return _answer(ctx, response, view)


def _carried(given: OrderIn) -> dict[str, str]:
    found = given.model_dump(exclude_none=True)
    return {
        name: str(value).lower() if value is True else str(value) for name, value in found.items()
    }
