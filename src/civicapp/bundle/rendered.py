"""Rendered: a bundle as it would be written."""

from collections.abc import Mapping
from dataclasses import dataclass

from civicapp.bundle.facts import BundleFacts
from civicapp.bundle.manifest import Content


@dataclass(frozen=True, slots=True)
class Rendered:
    """The files of a bundle by path, MANIFEST.json among them, and what they tell."""

    facts: BundleFacts
    files: Mapping[str, Content]
