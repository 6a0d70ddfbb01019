"""Pace: how much one address may send; whoever is too fast is told how long to wait."""

from civicapp.web import Rates, TooOften, WebContext, limit
from civicapp_complaints.context import site_of
from civicapp_complaints.service.errors import Fault

# Beside the rates of reports, which the pack sets. Thousands may share one address.
BEGUN = Rates(slow=300, refuse=6000)
PHOTOS = Rates(slow=200, refuse=3000)
LOST = Rates(slow=20, refuse=200)


async def too_fast(ctx: WebContext, name: str, rates: Rates, field: str) -> tuple[Fault, ...]:
    """Count a form; return what to say at a field while it has to wait, else nothing."""
    try:
        await limit(ctx, f"complaints.{name}", rates)
    except TooOften as e:
        return (Fault(field, "too-often", "%(words)s", {"words": str(e.detail)}),)
    return ()


def reports(ctx: WebContext) -> Rates:
    """Return the rates of new reports."""
    config = site_of(ctx).config
    return Rates(config.slow_above, config.refuse_above)
