"""Turn what the service raises into problems, in the caller's language; and read If-Match."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from civicapp import N_
from civicapp.web import FieldError, HttpProblem, NotFound, WebContext
from civicapp_complaints.service.errors import (
    Fault,
    Forbidden,
    Incomplete,
    Invalid,
    NotPossible,
    NotYours,
    Outdated,
    TooLate,
    Unknown,
    fault_of,
)
from civicapp_complaints.service.submit import KeyReused

CONTACT = ("name", "email", "phone")
TAG = re.compile(r'"([0-9]{1,9})"')


@contextmanager
def problems_of(ctx: WebContext, where: str = "body", nested: str = "") -> Iterator[None]:
    """Answer refusals of the service as problems.

    where: in which part of the request the fields stand. nested: the object that holds contact
    data, if they stand in one.
    """
    try:
        yield
    except Invalid as e:
        raise _invalid(ctx, e.faults, where, nested) from None
    except Incomplete as e:
        raise _invalid(ctx, [fault_of(e)], where, nested) from None
    except Unknown:
        raise NotFound(ctx.gettext(N_("There is no report with this number."))) from None
    except Outdated as e:
        raise HttpProblem(412, headers={"etag": etag(e.version)}) from None
    except (NotPossible, TooLate) as e:
        raise HttpProblem(409, ctx.gettext(e.message) % e.words) from None
    except (NotYours, Forbidden):
        raise HttpProblem(403, ctx.gettext(N_("Someone else has to do this."))) from None
    except KeyReused:
        message = ctx.gettext(N_("This Idempotency-Key came with another report before."))
        error = FieldError(pointer="#/header/Idempotency-Key", code="key-reused", detail=message)
        raise HttpProblem(422, message, [error]) from None


def _invalid(ctx: WebContext, faults: Sequence[Fault], where: str, nested: str) -> HttpProblem:
    errors = []
    for fault in faults:
        inside = f"{nested}/" if nested and fault.field in CONTACT else ""
        detail = ctx.gettext(fault.message) % fault.words
        pointer = f"#/{where}/{inside}{fault.field}"
        errors.append(FieldError(pointer=pointer, code=fault.code, detail=detail))
    return HttpProblem(422, errors=errors)


def etag(version: int) -> str:
    """Write a report's version as an ETag."""
    return f'"{version}"'


def needed_version(if_match: str | None) -> int | None:
    """Read the If-Match that an officer's action must carry; 428 without, None for `*`."""
    if if_match is None:
        raise HttpProblem(428)
    return seen_version(if_match)


def seen_version(if_match: str | None) -> int | None:
    """Read an If-Match; None without one and for `*`. What is no ETag of ours fits no version."""
    if if_match is None or if_match.strip() == "*":
        return None
    found = TAG.fullmatch(if_match.strip())
    return int(found[1]) if found else -1
