"""What a new pack is made of: the wishes of its author, and its files by their path."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

Files: TypeAlias = Mapping[str, str | bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What an author says of a new pack; what is empty is inherited or chosen.

    names: as typed, `en=West Bay` or `West Bay`. plugins: None for those that are the default.
    """

    id: str
    typed: str
    names: tuple[str, ...] = ()
    currency: str = ""
    timezone: str = ""
    languages: tuple[str, ...] = ()
    plugins: tuple[str, ...] | None = None
