"""Site: what a service function needs of the region, beside its Session and its own arguments."""

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Protocol
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from civicapp import Area, Cipher, Region
from civicapp_complaints.config import ComplaintsConfig
from civicapp_complaints.domain.catalog import Catalog
from civicapp_complaints.domain.contact import Dialling
from civicapp_complaints.domain.moves import Windows
from civicapp_complaints.domain.number import shown
from civicapp_complaints.domain.text import MaskRules

Refs = Mapping[str, str | int]
NO_REFS: Refs = MappingProxyType({})


class Enqueue(Protocol):
    """Enqueue a job in the session's transaction: `JobQueue.enqueue`."""

    def __call__(self, session: Session, job: str, key: str, refs: Refs = NO_REFS) -> object:
        """Enqueue a job; a key runs once."""
        ...


class Emit(Protocol):
    """Tell other services what happened, with the commit."""

    def __call__(self, session: Session, name: str, subject: str, data: Refs) -> object:
        """Tell an event; data are ids and codes."""
        ...


def no_jobs(session: Session, job: str, key: str, refs: Refs = NO_REFS) -> None:
    """Enqueue nothing."""


def no_events(session: Session, name: str, subject: str, data: Refs) -> None:
    """Tell nobody."""


def any_channel(channel: str) -> bool:
    """Reach everybody: for tests, and where nothing is sent."""
    return bool(channel)


@dataclass(frozen=True, kw_only=True)
class Site:
    """A region with its complaints: made once per kernel.

    cipher: encrypts contact data and makes secrets. enqueue, emit: what follows a commit. reaches:
    whether this host can send by a channel.
    """

    region: Region
    cipher: Cipher = field(repr=False)
    enqueue: Enqueue = field(default=no_jobs, repr=False)
    emit: Emit = field(default=no_events, repr=False)
    reaches: Callable[[str], bool] = field(default=any_channel, repr=False)

    @cached_property
    def config(self) -> ComplaintsConfig:
        """Return what the pack says about complaints."""
        return self.region.config("complaints", ComplaintsConfig)

    @cached_property
    def catalog(self) -> Catalog:
        """Return the categories."""
        return Catalog(self.config)

    @cached_property
    def open_categories(self) -> frozenset[str]:
        """Return the codes of categories whose reports may be public."""
        return frozenset(c.code for c in self.config.categories if not c.sensitive)

    @property
    def dialling(self) -> Dialling:
        """Return how telephone numbers are written here."""
        return Dialling(self.config.phone_country, self.config.phone_trunk)

    @property
    def windows(self) -> Windows:
        """Return how long and how often reporters may come back."""
        c = self.config
        return Windows(c.reopen_days, c.reopen_times, c.appeal_days)

    @property
    def mask_rules(self) -> MaskRules:
        """Return what is masked before a text becomes public."""
        c = self.config
        return MaskRules(c.phone_country, c.phone_trunk, c.id_digits, c.plate_pattern)

    def shown(self, number: str) -> str:
        """Write a number as people see it: `LPG-7K3Q-9XW2-W`."""
        return shown(number, self.config.number_prefix)

    def area(self, code: str | None) -> Area | None:
        """Return an area, None if none is known under this code."""
        return self.region.areas.get(code) if code else None

    def zone(self, area: str | None) -> ZoneInfo:
        """Return the time zone of a place."""
        known = area is not None and area in self.region.areas
        return ZoneInfo(self.region.timezone_of(area) if known and area else self.region.timezone)

    def local(self, at: datetime.datetime, area: str | None) -> datetime.datetime:
        """Write an instant with the offset of a place."""
        return at.astimezone(self.zone(area))

    def office_name(self, agency: str | None, area: str | None) -> str | None:
        """Return what people call an agency at a place; its code if the pack knows it no more."""
        if agency is None:
            return None
        if agency not in self.region.agencies:
            return agency
        office = self.region.agencies.office(agency, area)
        return office.name if office else self.region.agencies[agency].short_name
