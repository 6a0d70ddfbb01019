"""What `civicapp explain` says about a key."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from civicapp.cli.defaults import Unknown, default_at
from civicapp.cli.loading import bare_settings
from civicapp.cli.masking import without_secrets
from civicapp.cli.shapes import Shape, shape_of_pack
from civicapp.cli.tree import Shown, aligned, brief, written
from civicapp.cli.words import Format, counted
from civicapp.enable import enable
from civicapp.kernel import boot
from civicapp.problems import Origin, has_errors, visible
from civicapp.region.document import Document, Found, NoSuchKey
from civicapp.region.files import Reader
from civicapp.region.models import RegionConfig
from civicapp.region.nodes import Branch, Listing, Sheet
from civicapp.region.read import read_pack


@dataclass(frozen=True, slots=True)
class Explained:
    """A pack to ask about: its merged document, what its models know, whether it has errors."""

    document: Document
    shape: Shape
    errors: bool
    partial: bool  # only region.yaml can be asked about

    def lines(self, key: str, format: Format) -> Iterator[str]:
        """Write what is known of a key, or the keys at the top; raise Unknown."""
        steps = [step for step in key.split("/") if step]
        if not steps:
            yield from self._top(format)
            return
        try:
            found = self.document.find("/".join(steps))
        except NoSuchKey as e:
            value, owner = self._default(steps, e)
            yield from _default_lines(key, value, owner, format)
            return
        yield from self._found(steps, found) if format == "text" else _json(key, found)

    def _default(self, steps: list[str], missing: NoSuchKey) -> tuple[object, str]:
        if self.partial and steps[0] not in RegionConfig.model_fields:
            raise Unknown(f"`{visible(steps[0])}` cannot be read while region.yaml has errors")
        return default_at(self.shape, steps, missing)

    def _found(self, steps: list[str], found: Found) -> Iterator[str]:
        node = _node({**self.document.mounts, **self.document.region.items}, steps)
        if isinstance(node, Sheet) and not node.files:
            yield "no rows"
            yield f"there is no file {visible(found.origin.file)}"
            return
        if node is None:
            yield brief(found.value, 10_000)
        else:
            yield from written(node, found.origin.file)
        if found.origin.file:
            yield f"from {visible(str(found.origin))}"
        for hidden in found.shadows:
            yield f"hides {brief(hidden.value)} from {visible(str(hidden.origin))}"

    def _top(self, format: Format) -> Iterator[str]:
        document = self.document
        names = dict.fromkeys([*document.region.items, *document.mounts, *self.shape.names])
        if format == "json":
            yield json.dumps({"keys": list(names)}, indent=2)
            return
        yield from aligned([[name, self._gist(name)] for name in names])

    def _gist(self, name: str) -> str:
        match self.document.mounts.get(name):
            case Sheet() as table:
                return counted(len(list(table)), "row")
            case Mapping() as services:
                return ", ".join(services)
        try:
            return brief(self.document.find(name).value)
        except NoSuchKey as e:
            try:
                return brief(self._default([name], e)[0])
            except Unknown:
                return ""


def read(region: str) -> Explained | None:
    """Read a pack as far as that can be done; None if not even its region.yaml can be read."""
    pack = read_pack(region, Reader())
    if pack is None:
        return None
    # A secret that stands in a pack makes its service unsound, so the models are asked for apart.
    enabled = enable(pack.plugins, {}, pack.config.origin)
    models = {id: s.config for id, s in enabled.services.items() if s.config is not None}
    booted = boot(region, settings=bare_settings())
    document = booted.region.document if booted.region else Document(pack.config, {})
    shape = shape_of_pack(models, booted.region)
    return Explained(
        without_secrets(document, shape),
        shape,
        errors=has_errors(booted.problems),
        partial=booted.region is None,
    )


def _node(here: "Shown", steps: list[str]) -> "Shown | None":
    """Return the node at a key that exists; None for a cell of a table."""
    for step in steps:
        match here:
            case Branch():
                here = here.items[step]
            case Listing():
                here = here.items[int(step)]
            case Sheet():
                here = here.lines[step]
            case Mapping():
                here = here[step]
            case _:
                return None
    return here


def _default_lines(key: str, value: object, owner: str, format: Format) -> Iterator[str]:
    if format == "json":
        row = {"key": key, "value": value, "origin": None, "default_of": owner, "hides": []}
        yield json.dumps(row, ensure_ascii=False, indent=2)
        return
    yield brief(value, 10_000)
    yield f"default of {owner}"


def _json(key: str, found: Found) -> Iterator[str]:
    row = {
        "key": key,
        "value": found.value,
        "origin": _place(found.origin),
        "default_of": None,
        "hides": [{"value": f.value, "origin": _place(f.origin)} for f in found.shadows],
    }
    yield json.dumps(row, ensure_ascii=False, indent=2)


def _place(at: Origin) -> dict[str, object] | None:
    if not at.file:
        return None
    place = {"file": at.file, "line": at.line or None, "column": at.column or None}
    return {**place, "pointer": at.pointer or None}
