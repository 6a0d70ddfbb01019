"""The web: what a plugin's routes and pages import, and create_app."""

from civicapp.web.app import create_app
from civicapp.web.context import Ctx, WebContext
from civicapp.web.errors import FieldError, HttpProblem, NotFound, ProblemOut, problems
from civicapp.web.feeds import Alternate, alternates, feed_context, feed_response, site_url
from civicapp.web.idempotency import Once, json_answer
from civicapp.web.limits import Rates, TooOften, limit
from civicapp.web.maps.land import Drawing, Land, land_of
from civicapp.web.maps.marks import Marked, marked, pinned
from civicapp.web.maps.picture import map_picture
from civicapp.web.maps.view import SIZE as MAP_SIZE
from civicapp.web.maps.view import WAYS as MAP_WAYS
from civicapp.web.maps.view import View, read_view, view_of
from civicapp.web.officers.need import Officer, require
from civicapp.web.portal import render
from civicapp.web.preconditions import IfMatch, IfMatchGiven, version_tag
from civicapp.web.public import keep_private, public_read
from civicapp.web.tables import wants_csv
from civicapp.web.uploads import large_body

__all__ = [
    "MAP_SIZE",
    "MAP_WAYS",
    "Alternate",
    "Ctx",
    "Drawing",
    "FieldError",
    "HttpProblem",
    "IfMatch",
    "IfMatchGiven",
    "Land",
    "Marked",
    "NotFound",
    "Officer",
    "Once",
    "ProblemOut",
    "Rates",
    "TooOften",
    "View",
    "WebContext",
    "alternates",
    "create_app",
    "feed_context",
    "feed_response",
    "json_answer",
    "keep_private",
    "land_of",
    "large_body",
    "limit",
    "map_picture",
    "marked",
    "pinned",
    "problems",
    "public_read",
    "read_view",
    "render",
    "require",
    "site_url",
    "version_tag",
    "view_of",
    "wants_csv",
]
