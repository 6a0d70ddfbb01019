"""The web: what a plugin's routes and pages import, and create_app."""

from civicapp.web.app import create_app
from civicapp.web.context import Ctx, WebContext
from civicapp.web.errors import FieldError, HttpProblem, NotFound, ProblemOut, problems
from civicapp.web.officers.need import Officer, require
from civicapp.web.portal import render
from civicapp.web.public import keep_private, public_read
from civicapp.web.uploads import large_body

__all__ = [
    "Ctx",
    "FieldError",
    "HttpProblem",
    "NotFound",
    "Officer",
    "ProblemOut",
    "WebContext",
    "create_app",
    "keep_private",
    "large_body",
    "problems",
    "public_read",
    "render",
    "require",
]
