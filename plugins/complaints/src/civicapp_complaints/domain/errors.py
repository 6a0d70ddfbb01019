"""Refusal: a request that the rules do not allow, and why, in words that can be translated."""

from collections.abc import Mapping
from typing import ClassVar


class Refusal(Exception):
    """Say why something cannot be done.

    code: for machines. message: English, a message of the plugin's gettext domain, with `%(word)s`.
    words: what fills it in. field: the input that it is about, "" if it is about none.
    """

    code: ClassVar[str]

    def __init__(
        self, message: str, words: Mapping[str, object] | None = None, *, field: str = ""
    ) -> None:
        super().__init__(message % (words or {}))
        self.message = message
        self.words = dict(words or {})
        self.field = field
