"""What all pages of officers share: no cache, no referrer, the token of guests' forms, waiting."""

import math

from markupsafe import Markup
from starlette.responses import Response

from civicapp.identity.refusal import Refusal
from civicapp.identity.secret import new_secret
from civicapp.identity.throttle import Verdict
from civicapp.web.context import WebContext
from civicapp.web.officers.need import FIELD, GUEST, GUEST_SECONDS
from civicapp.web.officers.people import PRIVATE, keep_cookie, people_of, read_cookie
from civicapp.web.portal import render

LONGEST = 1000  # characters of a field that are read


def page(ctx: WebContext, template: str, *, status: int = 200, **data: object) -> Response:
    """Answer with a page that no cache keeps and that tells no other site its address."""
    answer = render(ctx, template, status=status, **data)
    answer.headers.update(PRIVATE)
    return answer


def guest_page(ctx: WebContext, template: str, *, status: int = 200, **data: object) -> Response:
    """Answer with a page with a form for who is not signed in; `field` holds its token."""
    request = ctx.request
    nonce = read_cookie(request, GUEST) or new_secret()
    token = people_of(request).cipher.sign(nonce, GUEST)
    answer = page(ctx, template, status=status, field=hidden(FIELD, token), **data)
    keep_cookie(request, answer, GUEST, nonce, GUEST_SECONDS)
    return answer


def hidden(name: str, value: str) -> Markup:
    """Write a hidden field."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(name, value)


def address_of(ctx: WebContext) -> str:
    """Return the address of the client, which is counted and not kept."""
    client = ctx.request.client
    return client.host if client else ""


def typed(text: str) -> str:
    """Return what was typed in one line, without what nobody can see and no database takes."""
    shown = "".join(c if c.isprintable() else " " for c in text[:LONGEST])
    return " ".join(shown.split())


def said(ctx: WebContext, refusal: Refusal) -> str:
    """Translate a refusal."""
    return ctx.gettext(refusal.message, **refusal.words)


def wait_words(ctx: WebContext, verdict: Verdict) -> str:
    """Say how long to wait before the next try."""
    minutes = max(1, math.ceil(verdict.wait / 60))
    return ctx.ngettext(
        "Too many tries. Wait %(num)s minute, then try again.",
        "Too many tries. Wait %(num)s minutes, then try again.",
        minutes,
    )


def retry_after(verdict: Verdict) -> dict[str, str]:
    """Say the same to programs."""
    return {"retry-after": str(math.ceil(verdict.wait))}
