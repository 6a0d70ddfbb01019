"""All alarms of a series in a month, and which of them a reader hears of first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from civicapp_prices.domain import alps, ipa, jump
from civicapp_prices.domain.reading import Reading
from civicapp_prices.domain.series import Value

RULES = (
    ("alps", "in_sample"),
    ("alps", "live"),
    ("ipa", "fpma"),
    ("ipa", "strict"),
    ("change", ""),
)
"""Kind and mode of every alarm, in the order in which they are listed."""
QUIET = ("normal",)
LOW = "low"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a pack says about alarms: the least history in months, and the steps of changes."""

    alps_least: int = 36
    ipa_least: int = 37
    ipa_mode: Literal["fpma", "strict"] = "strict"
    steps: jump.Steps = field(default_factory=jump.Steps)

    def leads(self, kind: str, mode: str) -> bool:
        """Tell whether an alarm is the one of its kind that is told: events, pages, feeds."""
        return (kind, mode) in (("alps", "in_sample"), ("ipa", self.ipa_mode), ("change", ""))


def read_alarm(
    kind: str,
    mode: str,
    month: str,
    months: Mapping[str, Decimal],
    recent: Sequence[Value],
    settings: Settings,
) -> Reading:
    """Read one alarm.

    months: monthly means of the series. recent: its values of this month and of those before, at
    least two years of them: the change looks for the last survey before an anchor.
    """
    if kind == "alps":
        return alps.alps(
            months, month, settings.alps_least, "live" if mode == "live" else "in_sample"
        )
    if kind == "ipa":
        return ipa.ipa(months, month, settings.ipa_least, "fpma" if mode == "fpma" else "strict")
    return jump.jump(recent, month, settings.steps)


def read_alarms(
    month: str, months: Mapping[str, Decimal], recent: Sequence[Value], settings: Settings
) -> Iterator[Reading]:
    """Read every alarm of a month."""
    for kind, mode in RULES:
        yield read_alarm(kind, mode, month, months, recent, settings)


def changed_class(before: str | None, now: str | None) -> bool:
    """Tell whether a class is news: another than before, and the first one only if unusual."""
    if now is None or now == before:
        return False
    return before is not None or now not in QUIET
