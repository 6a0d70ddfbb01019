"""Expected: the version of something that a person saw before deciding to change it."""

from dataclasses import dataclass


class Stale(Exception):
    """Somebody else changed it meanwhile. current: the version that it has now."""

    def __init__(self, current: int) -> None:
        super().__init__(f"it has version {current} by now")
        self.current = current


@dataclass(frozen=True, slots=True)
class Expected:
    """What a change builds on. versions: the acceptable ones, None for any."""

    versions: frozenset[int] | None = None

    @classmethod
    def of(cls, version: int) -> "Expected":
        """Expect one version, as the hidden field of a form names it."""
        return cls(frozenset((version,)))

    def check(self, version: int) -> None:
        """Raise Stale unless the version is an expected one; in the transaction of the change."""
        if self.versions is not None and version not in self.versions:
            raise Stale(version)
