"""What everyone may ask: categories, who is responsible, public reports."""

import datetime
from collections.abc import Iterable
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Header, Path, Query, Request, Response
from sqlalchemy.orm import Session

from civicapp import N_
from civicapp.web import Ctx, WebContext, keep_private, problems, public_read, version_tag
from civicapp_complaints.api.errors import problems_of
from civicapp_complaints.api.models import (
    AnswerOut,
    CategoryList,
    CategoryOut,
    OwnReportOut,
    QuestionOut,
    ReportList,
    ReportOut,
    ResolvedOut,
)
from civicapp_complaints.api.queries import ListQuery
from civicapp_complaints.api.shown import Shown
from civicapp_complaints.config import Category
from civicapp_complaints.context import site_of
from civicapp_complaints.domain.number import likely
from civicapp_complaints.service.effects import REPORT_TAG, list_tag
from civicapp_complaints.service.errors import Fault, Invalid
from civicapp_complaints.service.links import opened
from civicapp_complaints.service.lists import PublicFilter, public_list, read_cursor
from civicapp_complaints.service.photos import LARGE
from civicapp_complaints.service.place import read_point
from civicapp_complaints.service.read import public_report, reporters_report
from civicapp_complaints.service.responsible import responsible
from civicapp_complaints.service.showing import public_photo, reporters_photo
from civicapp_complaints.service.site import Site

router = APIRouter()
Number = Annotated[str, Path(description="tracking number, in any spelling", max_length=64)]
Secret = Annotated[
    str | None, Header(alias="X-Report-Secret", description="opens the report for its reporter")
]
Size = Annotated[Literal["large", "small"], Query(description="`small`: at most 480 pixels")]


def now() -> datetime.datetime:
    """Return this moment."""
    return datetime.datetime.now(datetime.UTC)


@router.get("/categories", operation_id="complaints_categories", dependencies=[public_read()])
async def categories(ctx: Ctx) -> CategoryList:
    """List what a report can be about."""
    site = site_of(ctx)
    return CategoryList(items=[_category(ctx, site, c) for c in site.catalog.active()])


def _category(ctx: WebContext, site: Site, category: Category) -> CategoryOut:
    groups = {g.code: ctx.text(g.name) for g in site.catalog.groups}
    words = ctx.text(category.words)
    return CategoryOut(
        code=category.code,
        name=ctx.text(category.name),
        group=category.group,
        group_name=groups.get(category.group, category.group),
        kind=category.kind,
        location=category.location,
        sensitive=category.sensitive,
        emergency=category.emergency,
        call=category.call,
        sla=category.sla,
        words=[w.strip() for w in words.split(";") if w.strip()],
        question=_question(ctx, site, category),
    )


def _question(ctx: WebContext, site: Site, category: Category) -> QuestionOut | None:
    question = site.catalog.question(category)
    if question is None:
        return None
    answers = [
        AnswerOut(code=a.code, name=ctx.text(a.name), hint=ctx.text(a.hint) or None)
        for a in site.catalog.answers(category)
    ]
    return QuestionOut(
        text=ctx.text(question.text), hint=ctx.text(question.hint) or None, answers=answers
    )


@router.get("/resolve", operation_id="complaints_resolve", responses=problems(422))
async def resolve(
    ctx: Ctx,
    category: Annotated[str, Query(description="code of a category", max_length=64)],
    lat: Annotated[float, Query(description="latitude, WGS 84 degrees")],
    lon: Annotated[float, Query(description="longitude, WGS 84 degrees")],
    answer: Annotated[
        str | None, Query(description="answer to the category's question", max_length=64)
    ] = None,
) -> ResolvedOut:
    """Say who would be responsible for a problem at a point, and by when it would be done."""
    site = site_of(ctx)
    with problems_of(ctx, "query"):
        known, spot = site.catalog.category(category), read_point(site, lat, lon)
        faults = [spot] if isinstance(spot, Fault) else []
        if known is None:
            message = N_("Choose a category from the list.")
            faults.insert(0, Fault("category", "category-unknown", message))
        elif answer is not None and known.question and not site.catalog.answer(known, answer):
            faults.append(Fault("answer", "answer-unknown", N_("Choose one of the answers.")))
        if faults or known is None or isinstance(spot, Fault):
            raise Invalid(faults)
        found = await ctx.db.read(responsible, site, known, spot.area, answer, now())
    return Shown(ctx, site).responsible(found)


def _list_tags(request: Request) -> Iterable[str]:
    query = request.query_params
    return [list_tag(query.get("category"), query.get("area"))]


@router.get(
    "/reports",
    operation_id="complaints_reports",
    dependencies=[public_read(_list_tags)],
    responses=problems(422),
)
async def reports(ctx: Ctx, response: Response, query: Annotated[ListQuery, Query()]) -> ReportList:
    """List public reports, the newest first."""
    site = site_of(ctx)
    wanted = PublicFilter(
        category=query.category, area=query.area, agency=query.agency, state=query.state
    )
    with problems_of(ctx, "query"):
        cursor = read_cursor(query.cursor)
        page = await ctx.db.read(public_list, site, wanted, cursor, query.limit)
    response.headers["link"] = links(ctx, next=page.next, prev=page.previous)
    shown = Shown(ctx, site)
    return ReportList(items=[shown.item(i) for i in page.items], next=page.next)


def links(ctx: WebContext, **cursors: str | None) -> str:
    """Write the Link header of a list (RFC 8288): first, next and previous page."""
    query = {k: v for k, v in ctx.request.query_params.items() if k != "cursor"}
    path = ctx.request.url.path
    found = [f'<{path}?{urlencode(query)}>; rel="first"']
    for rel, cursor in cursors.items():
        if cursor:
            found.append(f'<{path}?{urlencode({**query, "cursor": cursor})}>; rel="{rel}"')
    return ", ".join(found)


def _report_tags(request: Request) -> Iterable[str]:
    return [REPORT_TAG + likely(request.path_params["number"])]


@router.get(
    "/reports/{number}",
    operation_id="complaints_report",
    dependencies=[public_read(_report_tags, seconds=60)],
    responses=problems(404, 422),
)
async def report(
    ctx: Ctx, response: Response, number: Number, x_report_secret: Secret = None
) -> OwnReportOut | ReportOut:
    """Show a report: a public one to everyone, with its secret to its reporter.

    A report that is not public answers like one that does not exist, and so does a wrong secret.
    """
    site = site_of(ctx)
    shown = Shown(ctx, site)
    with problems_of(ctx):
        if x_report_secret is None:
            return shown.report(await ctx.db.read(public_report, site, number, now()))
        keep_private(ctx.request)
        view = await ctx.db.read(reporters_report, site, x_report_secret, now(), number)
    response.headers["etag"] = version_tag(view.version)
    return shown.own_report(view)


@router.get(
    "/reports/{number}/media/{media}",
    operation_id="complaints_report_photo",
    response_class=Response,
    responses={200: {"content": {"image/webp": {}}}, **problems(404, 422)},
)
async def photo(
    ctx: Ctx,
    number: Number,
    media: Annotated[str, Path(description="id of the photo", max_length=32)],
    size: Size = "large",
    x_report_secret: Secret = None,
) -> Response:
    """Give a photo: an approved one of a public report, or one of the reporter's own."""
    site, small = site_of(ctx), size != LARGE

    def find(session: Session) -> str:
        if x_report_secret is None:
            return public_photo(session, site, number, media, small=small)
        found = opened(session, site, number, x_report_secret)
        return reporters_photo(session, found, media, small=small)

    with problems_of(ctx):
        name = await ctx.db.read(find)
    return await picture(ctx, name)


async def picture(ctx: WebContext, name: str) -> Response:
    """Answer with a picture, or that it has not changed: files are never changed."""
    tag = f'"{name.rpartition("/")[2]}"'
    headers = {"etag": tag, "cache-control": "private, no-cache"}
    if ctx.request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(await ctx.files.get(name), media_type="image/webp", headers=headers)
