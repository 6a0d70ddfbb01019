"""Random ids and secrets, and the digests under which secrets are kept."""

import datetime
import hashlib
import re
import secrets


def new_id() -> str:
    """Return a random id of 64 bits, for what people may see."""
    return secrets.token_hex(8)


def new_secret() -> str:
    """Return a random secret of 256 bits, for a cookie or a link."""
    return secrets.token_urlsafe(32)


def is_secret(text: str) -> bool:
    """Tell whether a text has the form of what `new_secret` returns."""
    return re.fullmatch(r"[A-Za-z0-9_-]{43}", text) is not None


def digest(secret: str) -> str:
    """Return the SHA-256 under which a random secret is kept; too quick for passwords."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def utc_now() -> datetime.datetime:
    """Return this moment in UTC."""
    return datetime.datetime.now(datetime.UTC)
