"""Accounts of officers, for those who manage them: list, invite, roles, links, disable."""

from collections.abc import Callable
from typing import Annotated, cast
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from civicapp.identity import accounts as people_accounts
from civicapp.identity import factor
from civicapp.identity.accounts import PAGE, Officer, Wish, check_wish, may_change, need
from civicapp.identity.audit import Act
from civicapp.identity.permissions import MANAGE_ACCOUNTS
from civicapp.identity.person import Person
from civicapp.identity.refusal import Refusal
from civicapp.identity.tickets import Kind, issue
from civicapp.service import N_
from civicapp.storage.people import Account
from civicapp.web.context import Ctx, WebContext
from civicapp.web.errors import NotFound
from civicapp.web.officers.need import require
from civicapp.web.officers.pages import LONGEST, page, said, typed
from civicapp.web.officers.people import PRIVATE, people_of
from civicapp.web.officers.words import (
    agency_options,
    area_options,
    held_words,
    role_options,
    typed_agency,
    typed_area,
)

router = APIRouter(include_in_schema=False)
Manager = Annotated[Person, Depends(require(MANAGE_ACCOUNTS))]
Text = Annotated[str, Form()]
TOO_WIDE = N_("You may give roles only within your own area.")


@router.get("/accounts", response_class=Response)
async def accounts(ctx: Ctx, person: Manager, q: str = "", after: str = "") -> Response:
    """List the accounts, one page at a time."""
    q, after = typed(q), typed(after)
    database = people_of(ctx.request).database
    found = await database.read(people_accounts.officers, person, q, after)
    shown = found[:PAGE]
    more = urlencode({"q": q, "after": shown[-1].email}) if len(found) > PAGE else ""
    return page(
        ctx,
        "civicapp/admin_accounts.html",
        officers=[(o, _held(ctx, o)) for o in shown],
        q=q,
        first=not after,
        more=more,
    )


@router.get("/accounts/new", response_class=Response)
async def new_account(ctx: Ctx, person: Manager) -> Response:  # noqa: ARG001 - it is the check
    """Ask whom to invite."""
    return _form(ctx, {}, None)


def _form(ctx: WebContext, given: dict[str, str], refusal: Refusal | None) -> Response:
    names = ("email", "name", "role", "agency", "area")
    return page(
        ctx,
        "civicapp/admin_invite.html",
        status=422 if refusal else 200,
        typed={name: given.get(name, "") for name in names},
        field=refusal.field if refusal else "",
        error=said(ctx, refusal) if refusal else "",
        **_options(ctx),
    )


def _options(ctx: WebContext) -> dict[str, object]:
    return {
        "roles": role_options(ctx),
        "agencies": agency_options(ctx),
        "areas": area_options(ctx),
    }


@router.post("/accounts/new", response_class=Response)
async def invite(
    ctx: Ctx,
    person: Manager,
    email: Text = "",
    name: Text = "",
    role: Text = "",
    agency: Text = "",
    area: Text = "",
) -> Response:
    """Make an account with a role and show its link, once."""
    people, act = people_of(ctx.request), ctx.act
    given = {"email": email, "name": name, "role": role, "agency": agency, "area": area}
    try:
        wish = _wish(ctx, person, role, agency, area)

        def make(session: Session) -> tuple[str, str]:
            account = people_accounts.create(session, email[:LONGEST], name[:LONGEST], act)
            people_accounts.grant(session, account, wish, people.region, act)
            return account.id, issue(session, account, "invitation", act)

        id, secret = await people.database.write(make)
    except Refusal as refusal:
        return _form(ctx, {k: v[:LONGEST] for k, v in given.items()}, refusal)
    return await _shown(ctx, person, id, link=_link(ctx, "invitation", secret))


def _wish(ctx: WebContext, person: Person, role: str, agency: str, area: str) -> Wish:
    """Read what was chosen, and check that the person may give it; raise Refusal."""
    wish = Wish(role, typed_agency(ctx, agency[:LONGEST]), typed_area(ctx, area[:LONGEST]))
    check_wish(wish, ctx.region)
    if not may_change(person, [(wish.role, wish.agency, wish.area)]):
        raise Refusal(TOO_WIDE, "area")
    return wish


def _link(ctx: WebContext, kind: Kind, secret: str) -> str:
    request = ctx.request
    base = ctx.kernel.settings.base_url or f"{request.url.scheme}://{request.url.netloc}"
    return f"{base}/account/{kind}/{secret}"


# One account


@router.get("/accounts/{id}", response_class=Response)
async def account(ctx: Ctx, person: Manager, id: str, done: str = "") -> Response:
    """Show an account."""
    return await _shown(ctx, person, id, done=done)


async def _shown(
    ctx: WebContext,
    person: Person,
    id: str,
    *,
    refusal: Refusal | None = None,
    link: str = "",
    done: str = "",
) -> Response:
    found = await people_of(ctx.request).database.read(people_accounts.officer, person, id)
    if found is None:
        raise NotFound
    return page(
        ctx,
        "civicapp/admin_account.html",
        status=422 if refusal else 200,
        officer=found,
        held=_held(ctx, found),
        error=said(ctx, refusal) if refusal else "",
        field=refusal.field if refusal else "",
        link=link,
        done=done,
        self_=person.id == found.id,
        **_options(ctx),
    )


def _held(ctx: WebContext, officer: Officer) -> list[tuple[str, object, bool]]:
    return [(h.id, held_words(ctx, h.role, h.agency, h.area), h.in_force) for h in officer.held]


Change = Callable[[Session, Account, Act], object]


async def _change(ctx: WebContext, person: Person, id: str, change: Change) -> object:
    """Change an account within one write, if all its roles lie within the person's own.

    Raise Refusal, NotFound, or 403. What is checked is read in the same transaction.
    """
    people, act = people_of(ctx.request), ctx.act

    def run(session: Session) -> object:
        found = people_accounts.officer(session, person, id)
        if found is None:
            raise NotFound
        if not found.mine:
            raise HTTPException(403)
        return change(session, need(session, id), act)

    return await people.database.write(run)


def _done(id: str, what: str) -> Response:
    return RedirectResponse(f"/admin/accounts/{id}?done={what}", 303, headers=PRIVATE)


@router.post("/accounts/{id}/roles", response_class=Response)
async def add_role(
    ctx: Ctx, person: Manager, id: str, role: Text = "", agency: Text = "", area: Text = ""
) -> Response:
    """Give a role."""
    try:
        wish = _wish(ctx, person, role, agency, area)
        await _change(
            ctx, person, id, lambda s, a, act: people_accounts.grant(s, a, wish, ctx.region, act)
        )
    except Refusal as refusal:
        return await _shown(ctx, person, id, refusal=refusal)
    return _done(id, "role")


@router.post("/accounts/{id}/roles/{held}/remove", response_class=Response)
async def remove_role(ctx: Ctx, person: Manager, id: str, held: str) -> Response:
    """Take a role away."""
    try:
        await _change(
            ctx, person, id, lambda s, a, act: people_accounts.revoke(s, a, held, ctx.region, act)
        )
    except Refusal as refusal:
        return await _shown(ctx, person, id, refusal=refusal)
    return _done(id, "role")


@router.post("/accounts/{id}/link", response_class=Response)
async def new_link(ctx: Ctx, person: Manager, id: str) -> Response:
    """Show a new link, once: an invitation, or a reset when there is a password."""

    def run(session: Session, account: Account, act: Act) -> tuple[Kind, str]:
        kind: Kind = "reset" if account.password_hash else "invitation"
        return kind, issue(session, account, kind, act)

    try:
        kind, secret = cast("tuple[Kind, str]", await _change(ctx, person, id, run))
    except Refusal as refusal:
        return await _shown(ctx, person, id, refusal=refusal)
    return await _shown(ctx, person, id, link=_link(ctx, kind, secret))


@router.post("/accounts/{id}/disable", response_class=Response)
async def disable(ctx: Ctx, person: Manager, id: str, reason: Text = "") -> Response:
    """Disable an account."""
    reason = typed(reason)
    try:
        await _change(
            ctx,
            person,
            id,
            lambda s, a, act: people_accounts.disable(s, a, ctx.region, act, reason),
        )
    except Refusal as refusal:
        return await _shown(ctx, person, id, refusal=refusal)
    return _done(id, "disabled")


@router.post("/accounts/{id}/enable", response_class=Response)
async def enable(ctx: Ctx, person: Manager, id: str) -> Response:
    """Enable an account again."""
    await _change(ctx, person, id, people_accounts.enable)
    return _done(id, "enabled")


@router.post("/accounts/{id}/second-factor/remove", response_class=Response)
async def remove_factor(ctx: Ctx, person: Manager, id: str, reason: Text = "") -> Response:
    """Remove a lost second factor; the officer sets up a new one at the next sign-in."""
    reason = typed(reason)
    await _change(ctx, person, id, lambda s, a, act: factor.remove_factor(s, a, act, reason))
    return _done(id, "factor")
