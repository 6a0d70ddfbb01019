"""How the reporter can be reached: one name field, an e-mail address, a telephone number.

What people type becomes one form: a number is E.164 (`+6281234567890`). Nothing is guessed: a
number that begins neither with + nor with the region's own codes is refused.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import ClassVar

from civicapp import N_
from civicapp_complaints.domain.errors import Refusal
from civicapp_complaints.domain.text import one_line

LONGEST_NAME = 100
LONGEST_EMAIL = 254
LONGEST_LOCAL = 64
LONGEST_LABEL = 63
E164 = re.compile(r"\+[1-9][0-9]{7,14}")
MARKS = re.compile(r"[\s().\-/\u2010-\u2015]")
LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")


class BadContact(Refusal):
    """A name, address or number that nobody could use."""

    code: ClassVar[str] = "bad-contact"


@dataclass(frozen=True, slots=True)
class Dialling:
    """How a country writes telephone numbers.

    country: its calling code, as 62. trunk: what stands in its place in national numbers, as 0.
    """

    country: str | None = None
    trunk: str | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """Ways to reach a reporter; all may be missing."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None

    @property
    def reachable(self) -> bool:
        """Tell whether there is an address or a number."""
        return bool(self.email or self.phone)


def read_contact(
    name: str | None, email: str | None, phone: str | None, dialling: Dialling
) -> tuple[Contact, tuple[BadContact, ...]]:
    """Read what was typed; empty fields are none. Return all faults, so that they show at once."""
    faults: list[BadContact] = []
    found: dict[str, str | None] = {}
    readers = {
        "name": (name, read_name),
        "email": (email, read_email),
        "phone": (phone, lambda text: read_phone(text, dialling)),
    }
    for key, (text, read) in readers.items():
        try:
            found[key] = read(text) if text and text.strip() else None
        except BadContact as fault:
            faults.append(fault)
    return Contact(**found), tuple(faults)


def read_name(text: str) -> str | None:
    """Clean a name; None if nothing is left of it."""
    name = one_line(text)
    if len(name) > LONGEST_NAME:
        raise BadContact(
            N_("The name has %(n)s letters. Shorten it to %(limit)s."),
            {"n": len(name), "limit": LONGEST_NAME},
            field="name",
        )
    return name or None


def read_email(text: str) -> str:
    """Check an e-mail address and write its domain in small letters, in ASCII."""
    address = one_line(text)
    local, _, domain = address.rpartition("@")
    domain = _ascii_domain(domain)
    labels = domain.split(".")
    sound = (
        len(local) <= LONGEST_LOCAL
        and len(local) + 1 + len(domain) <= LONGEST_EMAIL
        and LOCAL.fullmatch(local)
        and len(labels) > 1
        and not labels[-1].isdigit()
        and all(len(x) <= LONGEST_LABEL and LABEL.fullmatch(x) for x in labels)
    )
    if not sound:
        raise BadContact(
            N_("Write the e-mail address like name@example.com, or leave it empty."), field="email"
        )
    return f"{local}@{domain}"


def _ascii_domain(domain: str) -> str:
    try:
        return domain.lower().encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""


def read_phone(text: str, dialling: Dialling) -> str:
    """Turn a telephone number into E.164: `0812 3456 7890` into `+6281234567890`."""
    typed = MARKS.sub("", "".join(map(_digit, text.strip())))
    number = _international(typed, dialling)
    if not E164.fullmatch(number):
        start = dialling.trunk if dialling.country and dialling.trunk else None
        if start:
            message = N_("Write the phone number with %(trunk)s or + in front, digits only.")
            raise BadContact(message, {"trunk": start}, field="phone")
        raise BadContact(
            N_("Write the phone number with + and the country code in front, digits only."),
            field="phone",
        )
    return number


def _digit(char: str) -> str:
    """Turn digits of any script into ours, and drop what cannot be seen."""
    value = unicodedata.decimal(char, None)
    if value is not None:
        return str(value)
    return "" if unicodedata.category(char) == "Cf" else char


def _international(typed: str, dialling: Dialling) -> str:
    country, trunk = dialling.country, dialling.trunk
    if typed.startswith("00"):
        typed = "+" + typed[2:]
    elif country and trunk and typed.startswith(trunk):
        return f"+{country}{typed[len(trunk) :]}"
    elif country and typed.startswith(country):
        typed = "+" + typed
    if country and trunk and typed.startswith(f"+{country}{trunk}"):
        # People write +62 (0)812 …
        typed = f"+{country}{typed[1 + len(country) + len(trunk) :]}"
    return typed
