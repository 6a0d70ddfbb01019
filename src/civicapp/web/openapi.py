"""The description of the API: the bytes of /openapi.json, the same from run to run."""

import json
import warnings
from typing import TYPE_CHECKING

from civicapp.web.errors import describe

if TYPE_CHECKING:
    from fastapi import FastAPI


def describe_api(app: "FastAPI") -> bytes:
    """Write what an app offers, when all of its routes are mounted, as an OpenAPI document."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a duplicate operation id is a fault, not a hint
        schema = app.openapi()
    describe(schema)
    return json.dumps(schema, ensure_ascii=False, sort_keys=True).encode()
