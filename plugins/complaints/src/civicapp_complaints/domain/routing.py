"""Who is responsible: the most special rule of routes.csv that fits.

Compared from left to right: a rule with an owner, the longer category, the narrower area, the
higher priority. Rules whose agency has no office at the place are passed over, so that a village's
rule can stand in front of a regency's.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from civicapp_complaints.config import Answer, Category, Rule

Rank: TypeAlias = tuple[bool, int, int, int]


@dataclass(frozen=True, slots=True)
class Route:
    """The rule that counts. `assumed`: the owner is not known, an officer has to look."""

    rule: "Rule"
    assumed: bool = False

    @property
    def agency(self) -> str:
        """Return the code of the responsible agency or role."""
        return self.rule.agency


@dataclass(frozen=True, slots=True)
class Unrouted:
    """Why the desk has to decide.

    `no-rule`: none fits. `no-office`: no agency of a rule has an office at the place, because the
    place is not known narrowly enough. `several`: rules fit equally. `candidates`: the rules that
    came closest, the most special first.
    """

    reason: Literal["no-rule", "no-office", "several"]
    candidates: "tuple[Rule, ...]" = ()


def resolve(
    rules: "Iterable[Rule]",
    category: "Category",
    path: Sequence[str],
    answer: "Answer | None" = None,
    has_office: Callable[[str], bool] = lambda _: True,
) -> Route | Unrouted:
    """Find the responsible agency.

    path: codes of the area and of those above it, the widest first; empty if no place is known.
    answer: what was answered to the category's question. has_office: tells whether an agency or
    role has an office at the place.
    """
    owner = answer.owner if answer else None
    fitting = sorted(
        (r for r in rules if fits(r, category.code, path, owner)),
        key=lambda r: rank(r, path),
        reverse=True,
    )
    usable = [r for r in fitting if has_office(r.agency)]
    if not usable:
        return Unrouted("no-office" if fitting else "no-rule", tuple(fitting))
    best = [r for r in usable if rank(r, path) == rank(usable[0], path)]
    if len(best) > 1:
        return Unrouted("several", tuple(best))
    guessed = category.question is not None and (answer is None or answer.assumed)
    return Route(best[0], assumed=guessed)


def routes_at_once(category: "Category", found: Route | Unrouted) -> bool:
    """Tell whether a new report begins as `routed`, not as `received`."""
    return isinstance(found, Route) and category.auto_route


def fits(rule: "Rule", category: str, path: Sequence[str], owner: str | None) -> bool:
    """Tell whether a rule holds for a category, at a place, for an owner."""
    return (
        (rule.category is None or below(category, rule.category))
        and (rule.area is None or rule.area in path)
        and (rule.owner is None or rule.owner == owner)
    )


def below(category: str, upper: str) -> bool:
    """Tell whether a category is `upper` or lies below it: `road.light` lies below `road`."""
    return category == upper or category.startswith(f"{upper}.")


def rank(rule: "Rule", path: Sequence[str]) -> Rank:
    """Say how special a rule is at a place; the greater rank counts."""
    return (
        rule.owner is not None,
        len(rule.category.split(".")) if rule.category else 0,
        list(path).index(rule.area) + 1 if rule.area else 0,
        rule.priority,
    )


def ambiguous(rules: "Iterable[Rule]") -> "Iterator[tuple[Rule, Rule]]":
    """Find rules that would fit the same reports equally: each with the first of its kind."""

    def scope(rule: "Rule") -> tuple[str, str, str, int]:
        return (rule.category or "", rule.area or "", rule.owner or "", rule.priority)

    for _, same in groupby(sorted(rules, key=scope), key=scope):
        first, *others = same
        yield from ((first, other) for other in others)
