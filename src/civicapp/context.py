"""Context: what a plugin's code gets at run time."""

import datetime
import gettext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

from civicapp.config import Localized, ServiceConfig
from civicapp.region import Area, Region

if TYPE_CHECKING:
    from civicapp.identity.crypto import Cipher
    from civicapp.identity.person import Person

C = TypeVar("C", bound=ServiceConfig)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Who asks, in which language, about which area, and what the service may use to answer.

    service: id of the service whose code runs, "" for the kernel. area: the area that the visitor
    chose, None if none. person: the officer who is signed in, None for a guest and in a job.
    """

    region: Region
    service: str
    language: str
    translations: gettext.NullTranslations
    area: Area | None = None
    person: "Person | None" = None
    _cipher: "Cipher | None" = field(default=None, repr=False)

    @property
    def cipher(self) -> "Cipher":
        """Return what encrypts personal fields; RuntimeError in an app without database."""
        if self._cipher is None:
            raise RuntimeError("this app has no secret key")
        return self._cipher

    def config(self, model: type[C]) -> C:
        """Return the service's config, read by its `model`."""
        config = self.region.services[self.service]
        if not isinstance(config, model):
            raise TypeError(f"the config of {self.service} is a {type(config).__name__}")
        return config

    @property
    def languages(self) -> tuple[str, ...]:
        """Return the visitor's language, then the region's, in order of preference."""
        return tuple(dict.fromkeys((self.language, *self.region.languages)))

    def gettext(self, message: str, **words: object) -> str:
        """Translate a message of the service's or the kernel's domain and fill in `%(word)s`."""
        text = self.translations.gettext(message) if message else ""
        return text % words if words else text

    def ngettext(self, singular: str, plural: str, n: int, **words: object) -> str:
        """Translate a message that counts; `%(num)s` is the number."""
        return self.translations.ngettext(singular, plural, n) % {"num": self.number(n), **words}

    def text(self, localized: Localized | None) -> str:
        """Return a localized text in the visitor's language, else in the region's."""
        return localized.text(*self.languages) if localized else ""

    def number(self, value: float, digits: int = 0) -> str:
        """Write a number as the language does: `9.144.263`, `9,144,263`."""
        from babel.numbers import format_decimal

        pattern = "#,##0" + ("." + "#" * digits if digits else "")
        return format_decimal(value, format=pattern, locale=self._locale())

    def date(self, day: datetime.date, length: str = "long") -> str:
        """Write a date as the language does: `17 August 2026`; length `medium` is shorter."""
        from babel.dates import format_date

        pattern = {"long": "d MMMM y", "medium": "d MMM y"}[length]
        return format_date(day, format=pattern, locale=self._locale())

    def moment(self, at: datetime.datetime, zone: str = "", *, seconds: bool = False) -> str:
        """Write an instant in local time: `17 Aug 2026, 14:05 EAT`; zone: else the region's."""
        from babel import Locale

        local = at.astimezone(ZoneInfo(zone or self.region.timezone))
        locale = Locale(self._locale())
        mark = "." if "." in locale.time_formats["short"].pattern else ":"
        time = local.strftime(mark.join(["%H", "%M", *(["%S"] if seconds else [])]))
        name = local.tzname()
        if locale.text_direction == "rtl":
            name = f"\u2066{name}\u2069"  # isolated: the sign of +03 stays in front of it
        return f"{self.date(local.date(), 'medium')}, {time} {name}"

    def _locale(self) -> str:
        """Find a language whose formats are known, the visitor's own first."""
        from babel.localedata import exists

        return next((x for x in (*self.languages, "en") if exists(x)), "en")
