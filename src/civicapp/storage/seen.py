"""Seen: versions of cache tags as they were, kept beside what was made of the data then.

The version of a tag is the count and the sum of its rows in core_change: both grow with each commit
that touched the tag, also when a lower id commits later than a higher one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

Version: TypeAlias = tuple[int, int]
NEVER: Version = (0, 0)


@dataclass(slots=True)
class Seen:
    """Versions of tags as they were. stamp: the state of the file in which they last held."""

    versions: Mapping[str, Version]
    stamp: int | None = None
