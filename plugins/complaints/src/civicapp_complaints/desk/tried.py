"""Tried: what came of an officer's form: what stands in its way, and what was typed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy.orm import Session
from starlette.datastructures import FormData

from civicapp import N_
from civicapp.web import NotFound, WebContext
from civicapp_complaints.domain.errors import Refusal
from civicapp_complaints.pages.sent import text_of
from civicapp_complaints.service.errors import Fault, Forbidden, Invalid, Outdated, Unknown

CHANGED = N_("Someone else has changed the report meanwhile. Read it again, then send once more.")
NOT_YOURS = N_("Someone else has to do this.")
ACTIONS = "actions"  # the field of what is wrong with the whole


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a form. faults: none if it was done. status: of the answer that shows them."""

    faults: tuple[Fault, ...] = ()
    status: int = 422
    typed: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Tell whether something stands in the way."""
        return bool(self.faults)

    @property
    def answer(self) -> int:
        """Return the status of the page that shows it."""
        return self.status if self.faults else 200

    def holding(self, **typed: str) -> "Tried":
        """Return the same with what was typed."""
        return replace(self, typed=typed)

    def at(self, field: str) -> "Tried":
        """Return the same with all faults at one field."""
        faults = tuple(Fault(field, f.code, f.message, f.words) for f in self.faults)
        return replace(self, faults=faults)


async def attempt(ctx: WebContext, run: Callable[[Session], object]) -> Tried:
    """Run a write; return what stood in its way. Raise NotFound for a report that is not theirs."""
    try:
        await ctx.db.write(run)
    except Unknown:
        raise NotFound from None
    except Invalid as invalid:
        return Tried(invalid.faults)
    except Outdated:
        return Tried((Fault(ACTIONS, "outdated", CHANGED),), 412)
    except Forbidden:
        return Tried((Fault(ACTIONS, "not-yours", NOT_YOURS),), 403)
    except Refusal as refusal:
        fault = Fault(refusal.field or ACTIONS, refusal.code, refusal.message, refusal.words)
        return Tried((fault,), 409)
    return Tried()


def version_of(form: FormData) -> int | None:
    """Return the version of the report that the officer had seen."""
    text = text_of(form, "version", 10)
    return int(text) if text.isascii() and text.isdigit() else None
