"""The clock of a test: the whole program sees its time, which stands still until it is moved."""

import datetime

import time_machine

START = datetime.datetime(2026, 6, 1, 4, 0, tzinfo=datetime.UTC)
"""When a test with a clock begins: a Monday, 09:00 on the island."""


class Clock:
    """Time for a test. What counts seconds by itself, such as a timeout, goes on with real time."""

    def __init__(self) -> None:
        self._travel = time_machine.travel(START, tick=False)
        self._traveller = self._travel.start()

    @property
    def now(self) -> datetime.datetime:
        """Return what time it is, in UTC."""
        return datetime.datetime.now(datetime.UTC)

    def move_to(self, instant: datetime.datetime) -> None:
        """Set the time; ValueError for an instant without time zone."""
        if instant.utcoffset() is None:
            raise ValueError(f"an instant wants a time zone, got {instant!r}")
        # In UTC: else the library would change the computer's time zone too.
        self._traveller.move_to(instant.astimezone(datetime.UTC), tick=False)

    def forward(self, **by: float) -> None:
        """Let time go by: `forward(days=3)`, all that a timedelta takes."""
        step = datetime.timedelta(**by)
        if step < datetime.timedelta():
            raise ValueError(f"time goes forward, not by {step}; `move_to` sets it")
        self.move_to(self.now + step)

    def stop(self) -> None:
        """Give back the real time."""
        self._travel.stop()
