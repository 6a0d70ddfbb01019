"""Fetch files of a site over http(s), within limits: bytes, time, redirects."""

import time
import urllib.error
import urllib.parse
import urllib.request
from http.client import HTTPMessage
from pathlib import Path
from typing import IO

BLOCK = 1024 * 1024
LARGEST = 4 * 1024 * 1024 * 1024  # bytes of all files together
LONGEST = 3600.0  # seconds for all of them
PATIENCE = 60.0  # seconds without a byte
REDIRECTS = 5
SCHEMES = ("http", "https")


class NotFetched(Exception):
    """Say which address could not be fetched, and why."""


class TooLarge(NotFetched):
    """Say which address has more than was told, or than is fetched."""


class Fetcher:
    """Fetch several files from below one address; the limits are for all of them."""

    def __init__(self, base: str, largest: int = LARGEST, longest: float = LONGEST) -> None:
        self.base = base
        self._left, self._until = largest, time.monotonic() + longest
        self._opener = urllib.request.build_opener(_Redirects)

    def fetch(self, name: str, path: Path, most: int | None = None) -> None:
        """Fetch a file; raise NotFetched. most: bytes that it may have."""
        url = urllib.parse.urljoin(self.base, urllib.parse.quote(name))
        try:
            with self._opener.open(url, timeout=PATIENCE) as answer, path.open("wb") as file:
                self._copy(url, answer, file, most)
        except urllib.error.HTTPError as e:
            e.close()
            moved = "redirects too often, or to what is not followed"
            said = moved if 300 <= e.code < 400 else f"answers {e.code}"
            raise NotFetched(f"{url}: the site {said}") from e
        except (OSError, ValueError) as e:
            raise NotFetched(f"{url}: {getattr(e, 'reason', e)}") from e

    def _copy(self, url: str, answer: IO[bytes], file: IO[bytes], most: int | None) -> None:
        allowed = self._left if most is None else min(most, self._left)
        while block := answer.read(BLOCK):
            if len(block) > allowed:
                raise TooLarge(f"{url}: it is larger than was told, or than is fetched")
            if time.monotonic() > self._until:
                raise NotFetched(f"{url}: it takes too long; fetch the files by other means")
            allowed, self._left = allowed - len(block), self._left - len(block)
            file.write(block)


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follow a few redirects, to nothing but http(s), and from https to https alone."""

    max_redirections = REDIRECTS
    max_repeats = REDIRECTS

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """Return the request of a redirect; raise URLError for one that is not followed."""
        old, new = (urllib.parse.urlsplit(url).scheme for url in (req.full_url, newurl))
        if new not in SCHEMES or (old == "https" and new != "https"):
            raise urllib.error.URLError(f"it leads to {newurl}, which is not followed")
        return super().redirect_request(req, fp, code, msg, headers, newurl)
