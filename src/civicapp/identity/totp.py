"""One-time codes: six digits from an app (TOTP, RFC 6238), and recovery codes for a lost phone."""

import datetime
import hashlib
import secrets

import pyotp

STEP = 30  # seconds
DRIFT = 1  # steps that a phone's clock may be off, either way
RECOVERY_CODES = 10
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: none is taken for another
_LENGTH = 16  # 80 bits, so that a plain digest is enough


def new_totp_secret() -> str:
    """Return a secret of 160 bits for an app, in base32."""
    return pyotp.random_base32()


def totp_uri(secret: str, email: str, issuer: str) -> str:
    """Return what the QR code holds."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=issuer)


def used_step(secret: str, code: str, last: int | None, now: datetime.datetime) -> int | None:
    """Return the time step whose code this is, None if it is wrong or was used.

    pyotp alone takes a code as often as it is sent while it lasts: keep the step, and none that is
    not later is taken again.
    """
    digits = "".join(code.split())
    if not (len(digits) == 6 and digits.isascii() and digits.isdigit()):
        return None
    totp, here = pyotp.TOTP(secret), int(now.timestamp()) // STEP
    for step in range(here - DRIFT, here + DRIFT + 1):
        fits = secrets.compare_digest(totp.at(step * STEP), digits)
        if fits and (last is None or step > last):
            return step
    return None


def new_recovery_codes() -> list[str]:
    """Return codes to keep on paper: `7K3Q-9XW2-M4TD-0VZE`."""
    return [
        "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(_LENGTH // 4))
        for _ in range(RECOVERY_CODES)
    ]


def recovery_digest(code: str) -> str | None:
    """Return the digest of a recovery code however it was typed; None if it is none."""
    plain = "".join(c for c in code.upper() if c.isalnum())
    plain = plain.translate(str.maketrans("OIL", "011"))
    if len(plain) != _LENGTH or set(plain) - set(_LETTERS):
        return None
    return hashlib.sha256(plain.encode()).hexdigest()
