"""Rows: whose rows an answer to "may I?" covers, as a test of one row and as a condition in SQL."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from civicapp.region import Areas

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.sql.roles import ExpressionElementRole

    from civicapp.region import Region, Role


@dataclass(frozen=True, slots=True)
class Scope:
    """The rows of some agencies (None: of any, and of none) in one area (None: anywhere).

    unassigned: rows without an agency belong to it too.
    """

    agencies: frozenset[str] | None = None
    area: str | None = None
    unassigned: bool = False


@dataclass(frozen=True, slots=True)
class Rows:
    """Whose rows: those of any of the scopes."""

    scopes: tuple[Scope, ...]
    _areas: Areas = field(repr=False, compare=False)

    def __bool__(self) -> bool:
        """Tell whether there can be any row."""
        return bool(self.scopes)

    @property
    def all(self) -> bool:
        """Tell whether every row belongs to them."""
        return any(s.agencies is None and s.area is None for s in self.scopes)

    def allow(self, agency: str | None, area: str | None) -> bool:
        """Tell whether the row of this agency in this area is among them."""
        return any(self._agency(s, agency) and self._area(s, area) for s in self.scopes)

    def where(
        self, agency: "ExpressionElementRole[Any]", area: "ExpressionElementRole[Any]"
    ) -> "ColumnElement[bool]":
        """Build the condition that `allow` tests, for the columns of agency and area."""
        from sqlalchemy import and_, false, or_, true

        if self.all:
            return true()
        return or_(
            false(),
            *(and_(_of_agency(s, agency), self._in_area(s, area)) for s in self.scopes),
        )

    @staticmethod
    def _agency(scope: Scope, agency: str | None) -> bool:
        if scope.agencies is None:
            return True
        return scope.unassigned if agency is None else agency in scope.agencies

    def _area(self, scope: Scope, area: str | None) -> bool:
        if scope.area is None:
            return True
        return area is not None and area in self._areas and scope.area in self._areas[area].path

    def _in_area(self, scope: Scope, area: Any) -> "ColumnElement[bool]":
        from sqlalchemy import or_, true

        if scope.area is None:
            return true()
        if prefix := self._areas.prefix(scope.area):
            return or_(area == scope.area, area.startswith(prefix, autoescape=True))
        condition: ColumnElement[bool] = area.in_(sorted(self._areas.below(scope.area)))
        return condition


def _of_agency(scope: Scope, agency: Any) -> "ColumnElement[bool]":
    from sqlalchemy import true

    if scope.agencies is None:
        return true()
    condition: ColumnElement[bool] = agency.in_(sorted(scope.agencies))
    return condition | agency.is_(None) if scope.unassigned else condition


def rows_of(scopes: Iterable[Scope | None], areas: Areas) -> Rows:
    """Put scopes together; None, of a grant that is not in force, adds nothing."""
    return Rows(tuple(dict.fromkeys(s for s in scopes if s is not None)), areas)


def scope_of(role: "Role", agency: str | None, area: str | None, region: "Region") -> Scope | None:
    """Say which rows a role covers for an agency and an area.

    None when the pack no longer knows the agency or the area, or when they do not fit the role:
    such a grant is not in force.
    """
    if area is not None and area not in region.areas:
        return None
    match role.rows:
        case "all":
            return Scope()
        case "own_area":
            return Scope(area=_inside(area, region))
        case "own_level":
            place = area or (region.area.code if region.area else None)
            level = region.areas[place].level if place else "national"
            codes = frozenset(a.code for a in region.agencies.values() if a.level == level)
            return Scope(codes, _inside(area, region), unassigned=True)
        case "own_agency":
            return _of_office(agency, area, region)


def _of_office(code: str | None, area: str | None, region: "Region") -> Scope | None:
    """Say which rows an office works on: the queues under its own code and under its role's."""
    if code is None or code not in region.agencies:
        return None
    agency, areas = region.agencies[code], region.areas
    root = region.area.code if region.area else None
    where = area
    if agency.scope:
        place = areas.at_level(area or root or "", agency.scope) if area or root else None
        if place is None:
            return None
        where = area or place.code
    elif agency.area:
        where = _narrower(agency.area, area, areas)
        if where is None:
            return None
    codes = {code, agency.role or code}
    for other in region.agencies.holders(code):
        if other.area and where and _narrower(other.area, where, areas):
            codes.add(other.code)
    return Scope(frozenset(codes), _inside(where, region))


def _narrower(one: str, other: str | None, areas: Areas) -> str | None:
    """Return the one of two areas that lies in the other; None if they lie apart."""
    if other is None or (one in areas and other in areas[one].path):
        return one
    return other if other in areas and one in areas[other].path else None


def _inside(area: str | None, region: "Region") -> str | None:
    """Return an area as a limit; the whole region, and what lies above it, limits nothing."""
    return None if area is None or (region.area and area in region.area.path) else area
