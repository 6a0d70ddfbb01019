"""Refusal: why something cannot be done, as a message that is translated where it is shown."""


class Refusal(Exception):
    """Say why not: `message` is a message id, `words` fill it in, `field` is the form's field."""

    def __init__(self, message: str, field: str = "", **words: object) -> None:
        super().__init__(message)
        self.message, self.field, self.words = message, field, words

    def __str__(self) -> str:
        """Write it in English, for commands."""
        return self.message % self.words if self.words else self.message
