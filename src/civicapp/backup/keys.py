"""Keys: the secrets of a host that no backup holds, and whether a host has what a backup needs."""

import os
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from civicapp import hookspecs
from civicapp.backup.manifest import SECRET_KEY, KeyEntry, Manifest
from civicapp.identity.crypto import KEY_FILE, BadKey, Cipher, fingerprint, open_cipher, read_key
from civicapp.kernel import Kernel
from civicapp.plugins import PluginError
from civicapp.problems import Problem
from civicapp.resource import Secret
from civicapp.storage.layout import Refused

CODE = "secret-key"


@dataclass(frozen=True, slots=True)
class HeldKey:
    """A secret of this host and where it is kept. needed: False when another host has its own."""

    entry: KeyEntry
    place: str
    needed: bool = True


def held_cipher(kernel: Kernel, folder: Path) -> Cipher | None:
    """Return the cipher of this host; None where there is no key yet: none is made here."""
    try:
        if _is_given(kernel) or (folder / KEY_FILE).exists():
            return open_cipher(kernel.settings, folder)
    except BadKey as e:
        raise Refused(Problem(CODE, str(e), "`openssl rand -hex 32` prints what a key is")) from e
    return None


def needed_cipher(kernel: Kernel, folder: Path) -> Cipher:
    """Return the cipher of this host; raise Refused where there is none.

    A backup that is taken without it could not say which key it needs.
    """
    cipher = held_cipher(kernel, folder)
    if cipher is None:
        what = "this host's secret key is not known here, and a backup has to name it"
        hint = "start this with the variables that `civicapp serve` has"
        raise Refused(Problem(CODE, what, hint))
    return cipher


def held_keys(kernel: Kernel, folder: Path, made: Collection[str]) -> list[HeldKey]:
    """List the secrets of this host. made: fingerprints of keys that encrypted some row."""
    cipher = held_cipher(kernel, folder)
    found = []
    for number, mark in enumerate(cipher.fingerprints if cipher else ()):
        if number == 0 or mark in made:  # the newest signs, also where it has encrypted nothing
            found.append(HeldKey(KeyEntry(SECRET_KEY, mark), key_place(kernel, folder)))
    if file := kernel.settings.smtp_password_file:
        found.append(HeldKey(KeyEntry("smtp_password"), f"{file} (CIVICAPP_SMTP_PASSWORD_FILE)"))
    for secret in _plugin_secrets(kernel):
        if path := os.environ.get(secret.variable, ""):
            own = _fingerprint(Path(path)) if secret.generate else None
            found.append(HeldKey(KeyEntry(secret.name, own), f"{path} ({secret.variable})"))
    if file := kernel.settings.database_password_file:
        entry, place = KeyEntry("database_password"), f"{file} (CIVICAPP_DATABASE_PASSWORD_FILE)"
        found.append(HeldKey(entry, place, needed=False))
    return found


def key_place(kernel: Kernel, folder: Path) -> str:
    """Say where the secret key of this host is kept, or belongs."""
    settings = kernel.settings
    if settings.secret_key_file:
        return f"{settings.secret_key_file} (CIVICAPP_SECRET_KEY_FILE)"
    return "CIVICAPP_SECRET_KEY" if _is_given(kernel) else str(folder / KEY_FILE)


def check_keys(kernel: Kernel, folder: Path, manifest: Manifest) -> None:
    """Raise Refused when this host lacks a secret key that the rows of a backup need."""
    cipher = held_cipher(kernel, folder)
    held = cipher.fingerprints if cipher else ()
    lacking = [mark for mark in manifest.fingerprints if mark not in held]
    if lacking:
        have = ", ".join(held) or "none"
        what = f"the backup needs the secret key {', '.join(lacking)}; this host has {have}"
        more = ", the newest first, further ones after a comma" if len(lacking) > 1 or held else ""
        hint = f"put the key that was kept apart at {key_place(kernel, folder)}{more}"
        raise Refused(Problem(CODE, what, hint))


def other_keys(kernel: Kernel, folder: Path, manifest: Manifest) -> list[str]:
    """Name the other secrets of a backup that this host lacks, or has another of."""
    held = {key.entry for key in held_keys(kernel, folder, ())}
    return [key.name for key in manifest.keys if key.name != SECRET_KEY and key not in held]


def _is_given(kernel: Kernel) -> bool:
    settings = kernel.settings
    return settings.secret_key is not None or (settings.env == "production" and not settings.demo)


def _plugin_secrets(kernel: Kernel) -> Iterator[Secret]:
    language = kernel.region.languages[0]
    for id in kernel.plugins.implementing(hookspecs.bundle_resources):
        try:
            found = kernel.plugins.ask(
                id, hookspecs.bundle_resources, context=kernel.context(id, language)
            )
        except PluginError as e:
            raise Refused(Problem("plugin-error", f"{e.plugin}: {e.message}", e.hint)) from e
        yield from (resource for resource in found or () if isinstance(resource, Secret))


def _fingerprint(path: Path) -> str | None:
    """Return the fingerprint of a random key in a file, None when it is something else."""
    with suppress(OSError, UnicodeDecodeError, BadKey):
        return fingerprint(read_key(path.read_text("ascii")))
    return None
