"""How many reports one address may send: first we slow down, then we say how long to wait.

Thousands of phones share one address of a mobile network, so nobody is refused without a time.
"""

import datetime
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from civicapp_complaints.config import ComplaintsConfig

LONGEST_PAUSE = 5.0  # seconds: a phone's browser still waits


@dataclass(frozen=True, slots=True)
class Limits:
    """Reports in `window` above which an address is slowed down, and above which it waits."""

    slow_above: int
    refuse_above: int
    window: datetime.timedelta


@dataclass(frozen=True, slots=True)
class Allowance:
    """What to do with one more report: `pause` seconds first; with `retry_after`, refuse it."""

    pause: float = 0.0
    retry_after: int | None = None


def limits_of(config: "ComplaintsConfig", *, demo: bool = False) -> Limits:
    """Return the limits of a region; a demo has its own."""
    if demo:
        n = config.demo_per_minute
        return Limits(n, n, datetime.timedelta(minutes=1))
    return Limits(config.slow_above, config.refuse_above, datetime.timedelta(hours=1))


def allowance(
    earlier: Sequence[datetime.datetime], now: datetime.datetime, limits: Limits
) -> Allowance:
    """Decide on one more report from an address.

    earlier: instants of its reports so far, in any order; older ones than the window do not count.
    """
    recent = sorted(at for at in earlier if now - at < limits.window)
    if len(recent) >= limits.refuse_above:
        # The first to leave the window so that one more fits.
        leaving = recent[len(recent) - limits.refuse_above]
        return Allowance(retry_after=math.ceil((leaving + limits.window - now).total_seconds()))
    over = len(recent) + 1 - limits.slow_above
    return Allowance(pause=min(LONGEST_PAUSE, over * 0.5) if over > 0 else 0.0)
