"""Passwords: what is accepted, and hashing that cannot be used to fill the memory."""

import asyncio
import re
import secrets
import unicodedata
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

from civicapp.identity.refusal import Refusal
from civicapp.service import N_

if TYPE_CHECKING:
    from pwdlib import PasswordHash

    from civicapp.i18n import Catalogs

T = TypeVar("T")

SHORTEST, LONGEST = 12, 200
AT_ONCE = 2  # each takes 64 MiB and all of a core for a sixth of a second
# Translated by the words that passwords are made of first in this language and where it is spoken.
COMMON = N_("(words of common passwords)")
QUEUE = 40  # a sign-in that would wait longer than some seconds is asked to come back


class HashingBusy(Exception):
    """Say that too many passwords wait to be hashed: try again in some seconds."""


def normal(password: str) -> str:
    """Write a password in one form, however a keyboard composed its letters."""
    return unicodedata.normalize("NFKC", password)


def common_words(catalogs: "Catalogs", languages: Iterable[str]) -> list[str]:
    """List the words that passwords are made of first where these languages are spoken."""
    return [word for x in languages for word in (catalogs.own(x, COMMON) or "").split()]


def check_password(password: str, *about: str, common: Iterable[str] = ()) -> None:
    """Raise Refusal for a password that is short, or that is guessed first.

    about: texts that others know of the person, such as the e-mail address and the name. common:
    words that people in the region make passwords of, see `common_words`.
    """
    text = normal(password)
    if len(text) < SHORTEST:
        raise Refusal(N_("Use at least %(n)s characters."), "password", n=SHORTEST)
    if len(text) > LONGEST:
        raise Refusal(N_("Use at most %(n)s characters."), "password", n=LONGEST)
    folded = text.casefold()
    if _is_common(folded, common) or len(set(folded)) < SHORTEST // 3 or _is_run(folded):
        raise Refusal(N_("This password is guessed first. Use several words."), "password")
    for part in about:
        for word in {part.casefold(), *re.split(r"\W+", part.casefold())}:
            if len(word) > 3 and len(folded.replace(word, "")) < SHORTEST // 2:
                message = N_("Do not make it of your name or address. Use several words.")
                raise Refusal(message, "password")


def _is_common(folded: str, more: Iterable[str]) -> bool:
    """Tell whether it is made of common words and of digits and marks around them."""
    plain = folded.translate(str.maketrans("@0134$5", "aoleass"))
    words = _by_length([*_common(), *more])
    for candidate in (folded, plain):
        letters = re.sub(r"[\W\d_]+", " ", candidate)
        left = letters
        for word in words:
            left = left.replace(word, " ")
        if left != letters and len(left.replace(" ", "")) < 4:
            return True
    return False


def _is_run(folded: str) -> bool:
    """Tell whether it walks along the keyboard or the alphabet, or repeats a short part."""
    rows = "qwertyuiop asdfghjkl zxcvbnm abcdefghijklmnopqrstuvwxyz 01234567890123456789"
    steps = sum(
        pair in rows or pair[::-1] in rows or pair[0] == pair[1]
        for pair in map("".join, pairwise(folded))
    )
    repeats = any(
        folded == (folded[:n] * len(folded))[: len(folded)] for n in range(1, len(folded) // 2)
    )
    return repeats or steps >= 0.8 * (len(folded) - 1)


def _common() -> list[str]:
    text = (files("civicapp.identity") / "common-words.txt").read_text("utf-8")
    words = (line.strip() for line in text.splitlines())
    return [w for w in words if w and not w.startswith("#")]


def _by_length(words: Iterable[str]) -> list[str]:
    return sorted(words, key=len, reverse=True)


class Hasher:
    """Hash and verify with Argon2id, few at a time, in threads of its own."""

    def __init__(self, method: "PasswordHash | None" = None, at_once: int = AT_ONCE) -> None:
        self._method = method
        self._threads = ThreadPoolExecutor(at_once, "hashing")
        self._stand_in: str | None = None
        self._waiting = 0

    def hash_now(self, password: str) -> str:
        """Hash a password here; for commands, never on the event loop."""
        return self._argon2.hash(normal(password))

    @property
    def _argon2(self) -> "PasswordHash":
        if self._method is None:
            from pwdlib import PasswordHash

            self._method = PasswordHash.recommended()
        return self._method

    def verify_now(self, password: str, kept: str | None) -> tuple[bool, str | None]:
        """Compare with a hash; without one, take as long and say no.

        Returns: whether it fits, and a new hash to keep when the old one is weaker than today's.
        """
        if self._stand_in is None:
            self._stand_in = self.hash_now(secrets.token_urlsafe())
        fits, better = self._argon2.verify_and_update(normal(password), kept or self._stand_in)
        return fits and kept is not None, better if fits else None

    async def hash(self, password: str) -> str:
        """Hash a password in a thread; raise HashingBusy."""
        return await self._run(lambda: self.hash_now(password))

    async def verify(self, password: str, kept: str | None) -> tuple[bool, str | None]:
        """Compare with a hash in a thread, as `verify_now`; raise HashingBusy."""
        return await self._run(lambda: self.verify_now(password, kept))

    async def _run(self, work: Callable[[], T]) -> T:
        if self._waiting >= QUEUE:
            raise HashingBusy
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown()
