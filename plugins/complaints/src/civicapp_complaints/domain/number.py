"""Tracking numbers such as LPG-7K3Q-9XW2-W, and the secrets of reporters without an account.

A number is 8 characters of Crockford's base32 (40 random bits) and a check character (Luhn mod 32),
which finds every single wrong character and nearly every swap of neighbours.
"""

import hashlib
import hmac
import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LOOKALIKES = str.maketrans("OIL", "011")
BITS = 40
LENGTH = 9
LONGEST_INPUT = 64
SECRET_BYTES = 16


def new_number() -> str:
    """Draw a number of 9 characters, as it is stored."""
    return number_of(secrets.randbits(BITS))


def number_of(value: int) -> str:
    """Write 40 bits as a number of 9 characters."""
    if not 0 <= value < 1 << BITS:
        raise ValueError(f"wants {BITS} bits")
    body = "".join(ALPHABET[value >> shift & 31] for shift in range(BITS - 5, -1, -5))
    return body + check_character(body)


def check_character(body: str) -> str:
    """Compute the check character of a number's body: Luhn's rule in base 32."""
    total = 0
    for place, char in enumerate(reversed(body)):
        product = ALPHABET.index(char) * (2 if place % 2 == 0 else 1)
        total += product // 32 + product % 32
    return ALPHABET[-total % 32]


def shown(number: str, prefix: str) -> str:
    """Write a number as people see it: `LPG-7K3Q-9XW2-W`."""
    return f"{prefix}-{number[:4]}-{number[4:8]}-{number[8:]}"


def parse(text: str, prefix: str) -> str | None:
    """Read a number as people type it, or return None if it is none.

    Any case, with or without prefix, dashes and spaces; O counts as 0, I and L as 1.
    """
    if len(text) > LONGEST_INPUT:
        return None
    typed = _plain(text)
    front = _plain(prefix)
    if len(typed) == LENGTH + len(front) and typed.startswith(front):
        typed = typed[len(front) :]
    if len(typed) != LENGTH or any(char not in ALPHABET for char in typed):
        return None
    return typed if check_character(typed[:-1]) == typed[-1] else None


def likely(text: str) -> str:
    """Return what a text is stored as if it is a number; whether it is one, `parse` tells."""
    return _plain(text[:LONGEST_INPUT])[-LENGTH:]


def _plain(text: str) -> str:
    return "".join(c for c in text.upper() if c.isalnum()).translate(LOOKALIKES)


def new_secret() -> str:
    """Draw the secret of a report's link: 128 bits, 22 characters that fit into an address."""
    return secrets.token_urlsafe(SECRET_BYTES)


def digest_of(secret: str) -> bytes:
    """Return what is stored of a secret: its SHA-256."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()


def opens(secret: str, digest: bytes) -> bool:
    """Tell whether a secret is the one that was digested, in constant time."""
    return hmac.compare_digest(digest_of(secret), digest)
