"""Read nodes with their models; place each of pydantic's findings at its value's line."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from civicapp.config import Checks, ConfigModel, Localized, Row, options, say, tables_of
from civicapp.problems import Origin, Problem, did_you_mean
from civicapp.region.csv import cell_origin
from civicapp.region.nodes import Branch, Line, Listing, Node, Sheet, plain

M = TypeVar("M", bound=ConfigModel)
RowT = TypeVar("RowT", bound=Row)


@dataclass(frozen=True)
class Columns:
    """The columns of a table: a localized field has one per language."""

    row: type[Row]
    languages: tuple[str, ...]

    @cached_property
    def localized(self) -> list[str]:
        """List the fields with a text per language."""
        return [n for n, f in self.row.model_fields.items() if _is_localized(f.annotation)]

    @cached_property
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
        return [k for k in self.row.key if fields[k].is_required()]

    def absent(self, sheet: Sheet) -> list[str]:
        """List the columns that rows need and no file of the table has."""
        have = {column for file in sheet.files for column in file.columns}
        names = [n for n, f in self.row.model_fields.items() if f.is_required()]
        spread = {n: [f"{n}_{x}" for x in self.languages] for n in self.localized}
        return [
            spread[n][0] if n in spread else n for n in names if have.isdisjoint(spread.get(n, [n]))
        ]

    def fold(self, cells: Mapping[str, str]) -> Mapping[str, object]:
        """Turn a row's cells into what the model reads: `name_id`, `name_en` into `name`."""
        if not self.localized:
            return cells
        data: dict[str, object] = dict(cells)
        for name in self.localized:
            texts = {x: data.pop(f"{name}_{x}") for x in self.languages if f"{name}_{x}" in data}
            if texts:
                data[name] = texts
        return data


def _is_localized(annotation: object) -> bool:
    return Localized in options(annotation)


def read_model(
    model: type[M],
    tree: Branch,
    checks: Checks,
    extra: Mapping[str, object],
    *,
    partly: bool = False,
) -> M | None:
    """Read a mapping; `extra` brings fields that were read already, such as tables.

    partly: more of the mapping stands where it cannot be read, so that nothing is called missing.
    """
    data = {key: plain(node) for key, node in tree.items.items()}
    for name in tables_of(model):
        if name in data:
            what, hint = f"`{name}` is a table", f"put its rows into {name}.csv"
            checks.problems.append(Problem("wrong-value", what, hint, tree.keys[name]))
            del data[name]
    try:
        return model.model_validate({**data, **extra}, context=checks)
    except ValidationError as e:
        for error in e.errors(include_url=False):
            if error["loc"] and error["loc"][0] in extra:
                continue  # reported row by row
            if not (partly and error["type"] == "missing"):
                problem = _tree_problem(error, tree, model)
                checks.problems += [problem] if problem else []
        return None


def read_rows(row: type[RowT], sheet: Sheet, checks: Checks, columns: Columns) -> dict[str, RowT]:
    """Read a table row by row: an unsound row is reported and left out."""
    found: dict[str, RowT] = {}
    filled = any(line.alive for line in sheet.lines.values())
    absent = columns.absent(sheet) if sheet.whole and filled else []
    for name in absent:
        # Once, at the header, and not for every row.
        hint = did_you_mean(name, sheet.files[-1].columns) or "add it"
        problem = Problem("missing-key", f"column `{name}` is missing", hint, sheet.origin)
        checks.problems.append(problem)
    if absent:
        return found
    for key, line in sheet:
        try:
            found[key] = row.model_validate(columns.fold(line.cells), context=checks)
        except ValidationError as e:
            for error in e.errors(include_url=False):
                if sheet.whole or error["type"] != "missing":
                    checks.problems.append(_row_problem(error, line, columns))
    return found


def _tree_problem(error: ErrorDetails, tree: Branch, model: type[ConfigModel]) -> Problem | None:
    node: Node = tree
    place, steps = tree.origin, list[str]()
    for step in error["loc"]:
        if isinstance(node, Branch) and step in node.items:
            place = node.keys[str(step)]
            node = node.items[str(step)]
            steps.append(str(step))
        elif isinstance(node, Listing) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
            place = node.origin
            steps.append(str(step + 1))
        elif error["type"] == "missing":
            if isinstance(node, Branch) and step in node.keys:
                return None  # it stands there; what is wrong with it was reported
            steps.append(str(step))
    at_key = error["type"] == "extra_forbidden" or "[key]" in error["loc"]
    origin = place if at_key else node.origin
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


def _problem(error: ErrorDetails, name: str, origin: Origin, choices: Collection[str]) -> Problem:
    kind = error["type"]
    shown, last = say(name), say(name.rsplit("/", 1)[-1])
    if kind == "missing":
        return Problem("missing-key", f"{shown} is missing", "add it", origin)
    if kind == "extra_forbidden":
        hint = did_you_mean(last.strip("`"), choices) or "remove it"
        return Problem("unknown-key", f"unknown key {last}", hint, origin)
    context = error.get("ctx", {})
    if "-" in kind:
        code, what, hint = kind, error["msg"], str(context.get("hint", "")) or "mend it"
    else:
        code, what, hint = _said(kind, context, error.get("input"), error["msg"])
    joint = " " if what.startswith(("wants ", "cannot ", "holds ")) else ": "
    return Problem(code, f"{shown}{joint}{what}", hint, origin)


def _said(
    kind: str, context: Mapping[str, object], value: object, message: str
) -> tuple[str, str, str]:
    """Say one of pydantic's own findings in our words: code, message, hint."""
    got = f", got {say(value)}"
    if kind == "literal_error":
        choices = re.findall(r"'([^']*)'", str(context.get("expected", "")))
        hint = did_you_mean(str(value), choices) if isinstance(value, str) else ""
        listed = ", ".join(f"`{c}`" for c in choices[:-1])
        wanted = " or ".join(filter(None, (listed, *(f"`{c}`" for c in choices[-1:]))))
        if isinstance(value, str):
            return "wrong-value", f"{say(value)} is none of {wanted}", hint or "write one of these"
        return "wrong-type", f"wants {wanted}{got}", "write one of these"
    if kind in _WANTS:
        wanted, hint = _WANTS[kind]
        return "wrong-type", f"wants {wanted}{got}", hint
    for name, (words, advice) in _LIMITS.items():
        if name in context:
            return "wrong-value", f"wants {words} {context[name]}{got}", advice
    hint = "the documentation of this setting tells what it may be"
    return "wrong-value", f"cannot be used: {_worded(message)}", hint


_WANTS = {
    **dict.fromkeys(
        ("dict_type", "model_type", "model_attributes_type"),
        ("a mapping", "write `key: value` lines"),
    ),
    **dict.fromkeys(("tuple_type", "list_type", "set_type"), ("a list", "write [a, b]")),
}
_LIMITS = {
    "ge": ("at least", "write a larger one"),
    "gt": ("more than", "write a larger one"),
    "le": ("at most", "write a smaller one"),
    "lt": ("less than", "write a smaller one"),
    "min_length": ("a length of at least", "add to it"),
    "max_length": ("a length of at most", "shorten it"),
    "multiple_of": ("a multiple of", "round it"),
    "pattern": ("text of the pattern", "compare it character by character"),
}


def _worded(message: str) -> str:
    for start in ("Value error, ", "Assertion failed, "):
        message = message.removeprefix(start)
    return message[:1].lower() + message[1:] if message[1:2].islower() else message


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
