"""The web: what a plugin's routes and pages import, and create_app."""

from civicapp.web.app import create_app
from civicapp.web.context import Ctx, WebContext
from civicapp.web.errors import FieldError, HttpProblem, NotFound, ProblemOut, problems
from civicapp.web.idempotency import Once, json_answer
from civicapp.web.limits import Rates, TooOften, limit
from civicapp.web.officers.need import Officer, require
from civicapp.web.portal import render
from civicapp.web.preconditions import IfMatch, IfMatchGiven, version_tag
from civicapp.web.public import keep_private, public_read
from civicapp.web.uploads import large_body

__all__ = [
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
    "create_app",
    "json_answer",
    "keep_private",
    "large_body",
    "limit",
    "problems",
    "public_read",
    "render",
    "require",
    "version_tag",
]
