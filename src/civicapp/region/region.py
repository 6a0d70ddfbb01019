"""Region: the loaded, merged, validated, frozen pack."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from civicapp.config import Localized, ServiceConfig
from civicapp.problems import Origin, Problem, Severity
from civicapp.region.agencies import Agencies
from civicapp.region.areas import Area, Areas
from civicapp.region.boundaries import Boundaries
from civicapp.region.content import Page
from civicapp.region.document import Document, Found, NoSuchKey
from civicapp.region.files import File
from civicapp.region.models import Contacts, SourceRow
from civicapp.region.roles import Role
from civicapp.region.theme import Theme

if TYPE_CHECKING:
    from civicapp.calendar import Calendar

C = TypeVar("C", bound=ServiceConfig)


@dataclass(frozen=True, slots=True)
class Named:
    """A level or kind of areas, and what it is called."""

    id: str
    name: Localized


@dataclass(frozen=True, slots=True)
class Source:
    """Where the facts of a pack's file come from."""

    pack: str
    file: str
    origin: str
    version: str | None
    licence: str
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Everything a region's pack says. It knows nothing of HTTP, databases or plugins' code.

    languages: the first is the region's own. area: its own area, None for a root pack that holds a
    whole country. levels: widest first. pages: by slug and language.
    """

    id: str
    name: Localized
    operator: Localized | None
    contacts: Contacts
    timezone: str
    currency: str
    languages: tuple[str, ...]
    plugins: tuple[str, ...]
    area: Area | None
    areas: Areas
    levels: Mapping[str, Named]
    kinds: Mapping[str, Named]
    boundaries: Boundaries
    agencies: Agencies
    roles: Mapping[str, Role]
    calendar: "Calendar"
    theme: Theme
    pages: Mapping[tuple[str, str], Page]
    messages: Mapping[str, tuple[File, ...]]
    sources: tuple[Source, ...]
    services: Mapping[str, ServiceConfig]
    document: Document

    def config(self, service: str, model: type[C]) -> C:
        """Return a service's config, read by its `model`; KeyError when it has none."""
        config = self.services[service]
        if not isinstance(config, model):
            raise TypeError(f"the config of {service} is a {type(config).__name__}")
        return config

    def origin(self, key: str) -> Origin | None:
        """Return the place of a key such as `services/hotlines/numbers/110/source`."""
        return self.document.origin(key)

    def problem(
        self, key: str, code: str, message: str, hint: str = "", severity: Severity = Severity.ERROR
    ) -> Problem:
        """Build a Problem at the line that holds `key`."""
        return Problem(code, message, hint, self.origin(key), severity)

    def explain(self, key: str) -> Found:
        """Return a value, its origin and what it hides; raise NoSuchKey."""
        return self.document.find(key)

    def timezone_of(self, area: str) -> str:
        """Return the time zone of an area: its own, else that of the nearest area above."""
        return next((a.timezone for a in self.areas.above(area) if a.timezone), self.timezone)


__all__ = ["Named", "NoSuchKey", "Region", "Source", "SourceRow"]
