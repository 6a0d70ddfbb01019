"""Read nodes with their models; place each of pydantic's findings at its value's line."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from civicapp.config import AreaCode, Checks, ConfigModel, Localized, Row, fields_marked, tables_of
from civicapp.problems import Origin, Problem, did_you_mean
from civicapp.region.csv import cell_origin
from civicapp.region.nodes import Branch, Leaf, Line, Listing, Node, Sheet, plain

M = TypeVar("M", bound=ConfigModel)
RowT = TypeVar("RowT", bound=Row)


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table: a localized field has one per language."""

    row: type[Row]
    languages: tuple[str, ...]

    @property
    def localized(self) -> list[str]:
        """List the fields with a text per language."""
        return [n for n, f in self.row.model_fields.items() if _is_localized(f.annotation)]

    @property
    def known(self) -> list[str]:
        """List all columns that the table may have."""
        columns = []
        for name in self.row.model_fields:
            if name in self.localized:
                columns += [f"{name}_{language}" for language in self.languages]
            else:
                columns.append(name)
        return columns

    @property
    def wanted(self) -> list[str]:
        """List the columns that each layer's file must have: the key's."""
        fields = self.row.model_fields
        return [k for k in self.row.key if k not in fields or fields[k].is_required()]

    def fold(self, cells: Mapping[str, str]) -> dict[str, object]:
        """Turn a row's cells into what the model reads: `name_id`, `name_en` into `name`."""
        data: dict[str, object] = dict(cells)
        for name in self.localized:
            texts = {x: data.pop(f"{name}_{x}") for x in self.languages if f"{name}_{x}" in data}
            if texts:
                data[name] = texts
        return data


def _is_localized(annotation: object) -> bool:
    return annotation is Localized or Localized in getattr(annotation, "__args__", ())


def read_model(
    model: type[M], tree: Branch, checks: Checks, extra: Mapping[str, object]
) -> M | None:
    """Read a mapping; `extra` brings fields that were read already, such as tables."""
    data = plain(tree)
    assert isinstance(data, dict)
    tables = tables_of(model)
    for name in tables:
        if name in data:
            checks.problems.append(
                Problem(
                    "wrong-value",
                    f"`{name}` is a table",
                    f"put its rows into {name}.csv",
                    tree.keys[name],
                )
            )
            del data[name]
    try:
        return model.model_validate({**data, **extra}, context=checks)
    except ValidationError as e:
        for error in e.errors(include_url=False):
            if not (error["loc"] and error["loc"][0] in extra):
                checks.problems.append(_tree_problem(error, tree, model))
        return None


def read_rows(
    row: type[RowT], sheet: Sheet, checks: Checks, columns: Columns
) -> Iterator[tuple[str, RowT]]:
    """Read a table row by row: an unsound row is reported and left out."""
    for key, line in sheet:
        try:
            yield key, row.model_validate(columns.fold(line.cells), context=checks)
        except ValidationError as e:
            for error in e.errors(include_url=False):
                checks.problems.append(_row_problem(error, line, columns))


def within(sheet: Sheet, row: type[Row], kept: Collection[str], known: Collection[str]) -> Sheet:
    """Keep the rows whose areas lie in the region or above it; unknown codes stay, to be reported."""
    marked = fields_marked(row, AreaCode)
    if not marked:
        return sheet
    outside = set(known) - set(kept)
    lines = {
        key: line
        for key, line in sheet.lines.items()
        if not any(line.cells.get(column) in outside for column in marked)
    }
    return Sheet(lines, sheet.origin, sheet.files)


def _tree_problem(error: ErrorDetails, tree: Branch, model: type[ConfigModel]) -> Problem:
    node: Node = tree
    steps: list[str] = []
    unknown = error["type"] in ("extra_forbidden",)
    place: Origin | None = None
    for step in error["loc"]:
        if step == "[key]":
            continue
        if isinstance(node, Branch) and step in node.items:
            place = node.keys[str(step)]
            node = node.items[str(step)]
            steps.append(str(step))
        elif isinstance(node, Listing) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
            steps.append(str(step + 1))
        elif error["type"] == "missing":
            steps.append(str(step))
    at_key = unknown or "[key]" in error["loc"]
    origin = place if at_key and place else node.origin
    if isinstance(node, Leaf) and not at_key:
        origin = node.origin
    return _problem(error, "/".join(steps), origin, _siblings(model, error["loc"]))


def _row_problem(error: ErrorDetails, line: Line, columns: Columns) -> Problem:
    field = str(error["loc"][0]) if error["loc"] else columns.row.key[0]
    column = field
    if field in columns.localized:
        language = str(error["loc"][1]) if len(error["loc"]) > 1 else columns.languages[0]
        column = f"{field}_{language}"
    sources = line.sources(column)
    origin = cell_origin(sources[0] if sources else line.alive[-1], column)
    return _problem(error, column, origin, columns.known)


def _problem(error: ErrorDetails, name: str, origin: Origin, choices: Iterable[str]) -> Problem:
    context = error.get("ctx", {})
    hint = str(context.get("hint", ""))
    last = name.rsplit("/", 1)[-1]
    match error["type"]:
        case "missing":
            return Problem("missing-key", f"`{name}` is missing", hint or "add it", origin)
        case "extra_forbidden":
            return Problem(
                "unknown-key", f"unknown key `{last}`", did_you_mean(last, list(choices)), origin
            )
        case "literal_error":
            expected = str(context.get("expected", "")).replace("'", "`")
            value = str(error.get("input"))
            return Problem(
                "wrong-value",
                f"`{name}`: `{value}` is none of {expected}",
                did_you_mean(value, expected.replace("`", "").replace(" or ", ", ").split(", ")),
                origin,
            )
        case "dict_type" | "model_type" | "model_attributes_type":
            return Problem(
                "wrong-type",
                f"`{name}` wants a mapping",
                hint or "write `key: value` lines",
                origin,
            )
        case "tuple_type" | "list_type":
            return Problem("wrong-type", f"`{name}` wants a list", hint or "write [a, b]", origin)
        case kind if "-" in kind:
            return Problem(kind, f"`{name}` {_worded(error['msg'])}", hint, origin)
        case _:
            return Problem("wrong-value", f"`{name}`: {_worded(error['msg'])}", hint, origin)


def _worded(message: str) -> str:
    message = message.removeprefix("Value error, ")
    return message[:1].lower() + message[1:] if message[:1].isupper() else message


def _siblings(model: type[ConfigModel], loc: tuple[int | str, ...]) -> list[str]:
    """List the keys allowed where an unknown one stands."""
    current: object = model
    for step in loc[:-1]:
        fields = getattr(current, "model_fields", None)
        if fields is not None and step in fields:
            current = _model_in(fields[step].annotation)
    fields = getattr(current, "model_fields", None) or {}
    tables = (
        tables_of(current) if isinstance(current, type) and issubclass(current, ConfigModel) else {}
    )
    return [name for name in fields if name not in tables]


def _model_in(annotation: object) -> object:
    if isinstance(annotation, type) and issubclass(annotation, ConfigModel):
        return annotation
    found = (_model_in(a) for a in getattr(annotation, "__args__", ()))
    return next((f for f in found if f is not None), None)
