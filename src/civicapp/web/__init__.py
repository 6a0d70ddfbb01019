"""The web: what a plugin's routes and pages import, and create_app."""

from civicapp.web.app import create_app
from civicapp.web.context import Ctx, WebContext
from civicapp.web.errors import NotFound, ProblemOut, problems
from civicapp.web.portal import render

__all__ = ["Ctx", "NotFound", "ProblemOut", "WebContext", "create_app", "problems", "render"]
