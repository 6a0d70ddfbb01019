"""The web: what a plugin's routes and pages import, and create_app."""

from civicapp.web.app import create_app
from civicapp.web.context import Ctx, WebContext
from civicapp.web.errors import FieldError, HttpProblem, NotFound, ProblemOut, problems
from civicapp.web.feeds import Alternate, alternates, feed_context, feed_response, site_url
from civicapp.web.idempotency import Once, json_answer
from civicapp.web.limits import Rates, TooOften, limit
from civicapp.web.officers.need import Officer, require
from civicapp.web.portal import render
from civicapp.web.preconditions import IfMatch, IfMatchGiven, version_tag
from civicapp.web.public import keep_private, public_read
from civicapp.web.uploads import large_body

__all__ = [
    "Alternate",
    "Ctx",
    "FieldError",
    "HttpProblem",
    "IfMatch",
    "IfMatchGiven",
    "NotFound",
    "Officer",
    "Once",
    "ProblemOut",
    "Rates",
    "TooOften",
    "WebContext",
    "alternates",
    "create_app",
    "feed_context",
    "feed_response",
    "json_answer",
    "keep_private",
    "large_body",
    "limit",
    "problems",
    "public_read",
    "render",
    "require",
    "site_url",
    "version_tag",
]
