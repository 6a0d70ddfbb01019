"""Cipher: encrypts small fields and signs short texts with the host's secret key.

AES-256-GCM with a random nonce; each purpose and row is bound in, so that a ciphertext copied to
another row or column does not open. The id of the key stands in front, so that keys can be changed:
new values get the newest key, old values open with the one that made them.
"""

import hashlib
import hmac
import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from civicapp.settings import Settings

KEY_BYTES = 32
KEY_FILE = "secret_key"
_VERSION = b"\x01"
_ID, _NONCE = 4, 12


class Sealed(Exception):
    """Say that a value cannot be opened: another key or place made it, or it was changed."""


class BadKey(ValueError):
    """Say what is wrong with a secret key; never shows it."""


class Cipher:
    """Encrypt and sign with the newest of some keys; open with any of them."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise BadKey(f"a secret key has {KEY_BYTES} bytes")
        self._fields = {_derive(key, b"id")[:_ID]: AESGCM(_derive(key, b"field")) for key in keys}
        self._newest = _derive(keys[0], b"id")[:_ID]
        self._mac = _derive(keys[0], b"mac")
        self.fingerprints = tuple(map(fingerprint, keys))

    def made(self, data: bytes) -> str | None:
        """Return the fingerprint of the key of ours that a value names as its own, None if none."""
        mark = data[len(_VERSION) : len(_VERSION) + _ID].hex()
        ours = (f for f in self.fingerprints if data[: len(_VERSION)] == _VERSION)
        return next((f for f in ours if f.startswith(mark) and len(mark) == _ID * 2), None)

    def encrypt(self, text: str, purpose: str) -> bytes:
        """Encrypt a text. purpose: names column and row, `core_account.totp:9f31…`."""
        nonce = os.urandom(_NONCE)
        body = self._fields[self._newest].encrypt(nonce, text.encode(), purpose.encode())
        return _VERSION + self._newest + nonce + body

    def decrypt(self, data: bytes, purpose: str) -> str:
        """Return the text; raise Sealed if the key, the purpose or a byte is another."""
        start = len(_VERSION) + _ID
        key = self._fields.get(data[len(_VERSION) : start])
        if data[: len(_VERSION)] != _VERSION or key is None:
            raise Sealed
        try:
            nonce, body = data[start : start + _NONCE], data[start + _NONCE :]
            return key.decrypt(nonce, body, purpose.encode()).decode()
        except (InvalidTag, ValueError) as e:
            raise Sealed from e

    def is_old(self, data: bytes) -> bool:
        """Tell whether a value was made with another key than the newest: encrypt it anew."""
        return data[len(_VERSION) : len(_VERSION) + _ID] != self._newest

    def sign(self, text: str, purpose: str) -> str:
        """Return 64 hex digits that only the holder of the key can make of a text."""
        return hmac.new(self._mac, f"{purpose}\0{text}".encode(), hashlib.sha256).hexdigest()

    def verify(self, signature: str, text: str, purpose: str) -> bool:
        """Tell whether a signature fits, in a time that tells nothing."""
        return hmac.compare_digest(
            self.sign(text, purpose).encode(), signature.encode("utf-8", "replace")
        )


def _derive(key: bytes, label: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"civicapp " + label).derive(key)


def fingerprint(key: bytes) -> str:
    """Return 16 hex digits by which people tell keys apart; nothing of the key can be learnt.

    The first 8 are the id that stands in front of what the key encrypted.
    """
    return _derive(key, b"id")[:8].hex()


def read_key(text: str) -> bytes:
    """Read a key of 64 hex digits, as `openssl rand -hex 32` prints it; raise BadKey."""
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise BadKey(f"wants {KEY_BYTES * 2} hex digits: openssl rand -hex {KEY_BYTES}")
    if len(set(key)) < KEY_BYTES // 4:
        raise BadKey(f"is no random key: openssl rand -hex {KEY_BYTES}")
    return key


def kept_key(folder: Path) -> bytes:
    """Return the key in a data folder; make it once, readable by its owner alone. Raise BadKey."""
    path = folder / KEY_FILE
    try:
        if not path.exists():
            _make_key(path)
        return read_key(path.read_text("ascii"))
    except (OSError, UnicodeDecodeError) as e:
        raise BadKey(f"{KEY_FILE} in the data folder cannot be used: {e}") from e


def _make_key(path: Path) -> None:
    """Write a new key whole under another name, then link it: of two at once both get one key."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(fresh, path)
    finally:
        fresh.unlink()


def open_cipher(settings: Settings, data: Path) -> Cipher | None:
    """Return the cipher of a host; None in production when it has no key. Raise BadKey.

    In development and for a demonstration the data folder keeps a key of its own; a production host
    is given one, which is not lost with the folder nor copied with it.
    """
    if settings.secret_key is not None:
        file, parts = settings.secret_key_file, settings.secret_key.get_secret_value().split(",")
        try:
            return Cipher([read_key(part) for part in parts])
        except BadKey as e:
            name = f"CIVICAPP_SECRET_KEY_FILE: {file}" if file else "CIVICAPP_SECRET_KEY"
            raise BadKey(f"{name} {e}") from None
    if settings.env == "production" and not settings.demo:
        return None
    return Cipher([kept_key(data)])
