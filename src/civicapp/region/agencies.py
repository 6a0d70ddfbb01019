"""Agencies: single offices, and roles that many areas have; who it is in one area."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from civicapp.region.areas import Area, Areas


@dataclass(frozen=True, slots=True)
class Agency:
    """An office, or with `scope` a role: then every area of that level has one of its own."""

    code: str
    name: str
    short_name: str
    kind: str | None = None
    level: str | None = None
    area: str | None = None
    scope: str | None = None
    role: str | None = None
    website: str | None = None
    phone: str | None = None
    basis: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Office:
    """Who an agency code means in one place.

    `code` and `area` are the queue: the pair under which work waits. `agency` is the row that names
    the office, which differs from `code` when a pack knows the holder of a role by its own code.
    """

    code: str
    area: Area | None
    agency: Agency
    languages: tuple[str, ...]

    @property
    def name(self) -> str:
        """Return the name as people say it."""
        return self._named(self.agency.short_name)

    @property
    def full_name(self) -> str:
        """Return the name in full."""
        return self._named(self.agency.name)

    def _named(self, name: str) -> str:
        if self.agency.scope is None or self.area is None:
            return name
        return f"{name} {self.area.title.text(*self.languages)}"


class Agencies(Mapping[str, Agency]):
    """All agencies and roles that a region knows."""

    def __init__(
        self, agencies: Iterable[Agency], areas: Areas, languages: tuple[str, ...]
    ) -> None:
        self._agencies = {a.code: a for a in agencies}
        self._areas = areas
        # Names of offices are proper names: they read in the region's own language.
        self._languages = languages
        self._holders: dict[str, list[Agency]] = {}
        for agency in self._agencies.values():
            if agency.role:
                self._holders.setdefault(agency.role, []).append(agency)

    def __getitem__(self, code: str) -> Agency:
        """Return the agency with this code."""
        return self._agencies[code]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the codes."""
        return iter(self._agencies)

    def __len__(self) -> int:
        """Count the agencies."""
        return len(self._agencies)

    def holders(self, role: str) -> Sequence[Agency]:
        """List the offices that hold a role in some area."""
        return self._holders.get(role, ())

    def office(self, code: str, area: str | None) -> Office | None:
        """Say which office `code` means for someone in `area`; None if there is none there."""
        agency = self._agencies[code]
        where = self._place(agency, area)
        if agency.scope and where is None:
            return None
        if agency.area and area and not self._overlap(agency.area, area):
            return None
        return Office(code, where, self._holder(code, area) or agency, self._languages)

    def serving(self, area: str) -> tuple[Office, ...]:
        """List the offices that serve an area, the nearest level first, then by name."""
        held = {a.role for a in self._agencies.values() if a.role and self._serves(a, area)}
        offices = []
        for code, agency in self._agencies.items():
            if agency.role and agency.role != code and agency.role in held:
                continue  # listed once, under its role
            if office := self.office(code, area):
                offices.append(office)
        return tuple(sorted(offices, key=lambda o: (-len(o.area.path) if o.area else 0, o.name)))

    def _place(self, agency: Agency, area: str | None) -> Area | None:
        if agency.scope:
            if area is None or area not in self._areas:
                return None
            return self._areas.at_level(area, agency.scope)
        return self._areas.get(agency.area) if agency.area else None

    def _overlap(self, one: str, other: str) -> bool:
        if one not in self._areas or other not in self._areas:
            return False
        return one in self._areas[other].path or other in self._areas[one].path

    def _serves(self, agency: Agency, area: str) -> bool:
        return (
            agency.area is not None
            and area in self._areas
            and agency.area in self._areas[area].path
        )

    def _holder(self, code: str, area: str | None) -> Agency | None:
        if area is None:
            return None
        holders = [h for h in self._holders.get(code, ()) if self._serves(h, area)]
        return max(holders, key=lambda h: len(self._areas[h.area or ""].path), default=None)
