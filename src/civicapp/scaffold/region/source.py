"""The texts that a new pack begins with, as they lie in this package."""

from pathlib import Path

HERE = Path(__file__).parent / "files"


def source(name: str) -> str:
    """Return a text by its name below `files/`."""
    return (HERE / name).read_text("utf-8")
