"""End a command on SIGTERM as on Ctrl-C: what is half done is removed."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

EXIT_CODE = 128 + signal.SIGTERM


@contextmanager
def ended_in_good_order() -> Iterator[None]:
    """Raise SystemExit on SIGTERM, so that whatever is under way cleans up after itself."""

    def stop(*_: object) -> NoReturn:
        raise SystemExit(EXIT_CODE)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
