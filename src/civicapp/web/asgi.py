"""The app as uvicorn's reloader imports it; the region comes from the environment."""

import os
import sys

from starlette.types import ASGIApp

from civicapp.kernel import boot, settings_for
from civicapp.problems import render_text
from civicapp.web.app import create_app
from civicapp.web.logs import configure_logging


def create() -> ASGIApp:
    """Build the app of CIVICAPP_REGION; print every problem and stop if the pack is unsound."""
    region = os.environ["CIVICAPP_REGION"]
    settings = settings_for(region)
    if isinstance(settings, list):
        sys.exit(render_text(settings))
    configure_logging(settings)
    found = boot(region, settings=settings)
    if found.kernel is None:
        sys.exit(render_text(found.problems, found.texts))
    return create_app(found.kernel)
