"""Context: what a plugin's code gets at run time."""

import datetime
import gettext
import inspect
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

from civicapp.config import Localized, Secret, ServiceConfig
from civicapp.region import Area, Region
from civicapp.secretfile import BadSecretFile, read_secret

if TYPE_CHECKING:
    from civicapp.identity.crypto import Cipher
    from civicapp.identity.person import Person
    from civicapp.plugins import Plugins

C = TypeVar("C", bound=ServiceConfig)
T = TypeVar("T")


class MissingSecret(RuntimeError):
    """Say which secret of a pack this host lacks; the text never holds one."""


@dataclass(frozen=True, slots=True)
class Hooks:
    """The hooks that services open, and the plugins that implement them.

    A service names a hook by the function of its `hookspecs` module itself, which types the call.
    """

    _plugins: "Plugins"
    _context: Callable[[str], "Context"]

    def plugins(self, spec: Callable[..., object]) -> tuple[str, ...]:
        """Return the ids of the plugins that implement a hook, in their order."""
        return self._plugins.implementing(spec)

    def ask(self, plugin: str, spec: Callable[..., T], **arguments: object) -> T | None:
        """Call one plugin's implementation of a hook; None when it has none.

        An argument `context` is filled in with that plugin's own. Raise PluginError when its code
        fails, so that one plugin's fault stays apart from those of others.
        """
        if "context" in inspect.signature(spec).parameters:
            arguments.setdefault("context", self._context(plugin))
        return self._plugins.ask(plugin, spec, **arguments)


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
    _hooks: Hooks | None = field(default=None, repr=False)

    @property
    def hooks(self) -> Hooks:
        """Return what asks other plugins by the hooks that the service opens to them."""
        if self._hooks is None:
            raise RuntimeError("this context was made without a kernel")
        return self._hooks

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

    def secret(self, reference: Secret) -> str:
        """Return the secret that a SecretRef of the config refers to; raise MissingSecret."""
        kind, _, where = reference.reference[2:-1].partition(":")
        if kind == "env":
            if not (found := os.environ.get(where, "")):
                raise MissingSecret(f"{where} is not set, which {self.service} wants")
            return found
        try:
            return read_secret(Path(where), strict=False).content.get_secret_value()
        except BadSecretFile as e:
            raise MissingSecret(str(e)) from e

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

    def number(self, value: float | Decimal, digits: int = 0) -> str:
        """Write a number as the language does: `9.144.263`, `9,144,263`."""
        from babel.numbers import format_decimal

        pattern = "#,##0" + ("." + "#" * digits if digits else "")
        return format_decimal(value, format=pattern, locale=self._locale())

    def percent(self, fraction: float | Decimal, digits: int = 1) -> str:
        """Write a fraction as a percentage as the language does: `1,4%`, `1.4%`."""
        from babel import Locale
        from babel.numbers import format_percent

        pattern = Locale.parse(self._locale()).percent_formats[None].pattern
        digited = pattern.replace("0", "0." + "#" * digits) if digits else pattern
        return format_percent(fraction, format=digited, locale=self._locale())

    def money(self, amount: int | Decimal) -> str:
        """Write an amount of the region's currency: `€1,250.00`, `1.250,00 €`.

        The sign is that of the region's first language, the rest the visitor's; as many digits as
        cash has, half to even.
        """
        from babel.core import get_global
        from babel.numbers import format_decimal, get_currency_symbol

        locale = self._locale()
        places = get_global("currency_fractions")
        digits = places.get(self.region.currency, places["DEFAULT"])[2]
        rounded = Decimal(amount).quantize(Decimal(1).scaleb(-digits))
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        number = format_decimal(abs(rounded), format=pattern, locale=locale)
        sign = "\u2212" if rounded < 0 else ""
        symbol = get_currency_symbol(self.region.currency, self._known(*self.region.languages))
        if _leads(locale):
            gap = "\u00a0" if symbol[-1:].isupper() else ""  # a code such as EUR stands apart
            return f"{sign}{symbol}{gap}{number}"
        return f"{sign}{number}\u00a0{symbol}"

    def date(self, day: datetime.date, length: str = "long") -> str:
        """Write a date as the language does: `17 August 2026`.

        length: `long`, `medium`; of the month alone `month`, `short month`.
        """
        from babel.dates import format_date

        pattern = {
            "long": "d MMMM y",
            "medium": "d MMM y",
            "month": "LLLL y",
            "short month": "LLL y",
        }[length]
        return format_date(day, format=pattern, locale=self._locale())

    def moment(self, at: datetime.datetime, zone: str = "", *, seconds: bool = False) -> str:
        """Write an instant in local time: `17 Aug 2026, 14:05 EAT`; zone: else the region's."""
        day = at.astimezone(ZoneInfo(zone or self.region.timezone)).date()
        return f"{self.date(day, 'medium')}, {self.clock(at, zone, seconds=seconds)}"

    def clock(self, at: datetime.datetime, zone: str = "", *, seconds: bool = False) -> str:
        """Write the time of an instant: `14:05 CET`; zone: else the region's."""
        from babel import Locale

        local = at.astimezone(ZoneInfo(zone or self.region.timezone))
        locale = Locale(self._locale())
        mark = "." if "." in locale.time_formats["short"].pattern else ":"
        time = local.strftime(mark.join(["%H", "%M", *(["%S"] if seconds else [])]))
        name = local.tzname()
        if locale.text_direction == "rtl":
            name = f"\u2066{name}\u2069"  # isolated: the sign of +03 stays in front of it
        return f"{time} {name}"

    def _locale(self) -> str:
        """Find a language whose formats are known, the visitor's own first."""
        return self._known(*self.languages)

    def _known(self, *languages: str) -> str:
        from babel.localedata import exists

        return next((x for x in (*languages, "en") if exists(x)), "en")


def _leads(locale: str) -> bool:
    """Tell whether the sign of a currency stands before the number."""
    from babel import Locale

    pattern = Locale.parse(locale).currency_formats["standard"].pattern
    return bool(pattern.index("\xa4") < pattern.index("#"))
