"""Turn what the service raises into problems, in the caller's language; and read If-Match."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from civicapp.web import FieldError, HttpProblem, NotFound, WebContext, version_tag
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

CONTACT = ("name", "email", "phone")
WRITES = (413, 422, 503, 507)  # any write may be answered so


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
        raise NotFound(ctx.gettext("There is no report with this number.")) from None
    except Outdated as e:
        raise HttpProblem(412, headers={"etag": version_tag(e.version)}) from None
    except (NotPossible, TooLate) as e:
        raise HttpProblem(409, ctx.gettext(e.message) % e.words) from None
    except (NotYours, Forbidden):
        raise HttpProblem(403, ctx.gettext("Someone else has to do this.")) from None


def _invalid(ctx: WebContext, faults: Sequence[Fault], where: str, nested: str) -> HttpProblem:
    errors = []
    for fault in faults:
        inside = f"{nested}/" if nested and fault.field in CONTACT else ""
        detail = ctx.gettext(fault.message) % fault.words
        pointer = f"#/{where}/{inside}{fault.field}"
        errors.append(FieldError(pointer=pointer, code=fault.code, detail=detail))
    return HttpProblem(422, errors=errors)
