"""Progress: a line on a terminal that tells how far a long command is; nothing elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

EVERY = 0.1  # seconds
Progress = Callable[[str, int], None]


@contextmanager
def ticking() -> Iterator[Progress]:
    """Yield what is told of progress: a word, and how many of it are done."""
    if not sys.stderr.isatty():
        yield lambda _what, _number: None
        return
    last = 0.0

    def tell(what: str, number: int) -> None:
        nonlocal last
        if time.monotonic() - last >= EVERY:
            last = time.monotonic()
            print(f"\r\x1b[K{what} {number:,}", end="", file=sys.stderr, flush=True)

    try:
        yield tell
    finally:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)
