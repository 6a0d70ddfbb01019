"""The pages `/docs`: the API in words, made from the same OpenAPI document that programs read.

FastAPI's own pages need scripts of other hosts and inside the page, which our policy refuses.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import Any, cast

from fastapi import APIRouter
from markupsafe import Markup, escape
from starlette.responses import Response

from civicapp.web.context import Ctx, WebContext
from civicapp.web.errors import NotFound
from civicapp.web.portal import render
from civicapp.web.public import public_read

METHODS = ("get", "post", "put", "patch", "delete")
SCHEMAS = "#/components/schemas/"
CORE, HEALTH = "core", "health"
router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter, a header, or a key of a body."""

    name: str
    place: str
    required: bool
    shape: Markup
    text: Markup


@dataclass(frozen=True, slots=True)
class Answer:
    """What an operation may answer; `fault` when it is a problem document."""

    status: int
    text: str
    shape: Markup | None
    fault: bool


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path. officers: it wants their token."""

    id: str
    method: str
    path: str
    text: Markup
    officers: bool
    fields: tuple[Field, ...]
    body: tuple[tuple[str, Markup], ...]
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Type:
    """A named shape of JSON."""

    name: str
    text: Markup
    shape: Markup
    fields: tuple[Field, ...]


class Reference:
    """An OpenAPI document, arranged for readers when the first of them comes."""

    def __init__(self, document: bytes) -> None:
        self._bytes = document

    @cached_property
    def _document(self) -> Mapping[str, Any]:
        return cast("Mapping[str, Any]", json.loads(self._bytes))

    @cached_property
    def groups(self) -> Mapping[str, tuple[Operation, ...]]:
        """Return the operations by service, those that anyone may call first."""
        found: dict[str, list[Operation]] = {}
        for path, methods in self._document["paths"].items():
            for method in METHODS:
                if method in methods:
                    tag = methods[method].get("tags", ["other"])[0]
                    found.setdefault(tag, []).append(_operation(method, path, methods[method]))
        return {
            tag: tuple(sorted(operations, key=lambda o: (o.officers, o.path)))
            for tag, operations in found.items()
        }

    def types(self, group: str) -> list[Type]:
        """List the named shapes that a group's operations use, by name."""
        schemas = self._document.get("components", {}).get("schemas", {})
        own = [
            operation
            for methods in self._document["paths"].values()
            for operation in methods.values()
            if operation.get("tags", ["other"])[0] == group
        ]
        used: set[str] = set()
        new = set(_named(own))
        while new:
            used |= new
            new = {name for part in new for name in _named(schemas[part])} - used
        return [_type(name, schemas[name]) for name in sorted(used)]


def _named(part: Any) -> Iterator[str]:
    """Find the names of the shapes that a part of the document refers to."""
    if isinstance(part, dict):
        if str(part.get("$ref", "")).startswith(SCHEMAS):
            yield part["$ref"].removeprefix(SCHEMAS)
        for value in part.values():
            yield from _named(value)
    elif isinstance(part, list):
        for value in part:
            yield from _named(value)


def _operation(method: str, path: str, found: Mapping[str, Any]) -> Operation:
    body = found.get("requestBody", {}).get("content", {})
    return Operation(
        id=found["operationId"],
        method=method.upper(),
        path=path,
        text=words(found.get("description") or found.get("summary") or ""),
        officers=bool(found.get("security")),
        fields=tuple(
            Field(
                name=p["name"],
                place=p["in"],
                required=bool(p.get("required")),
                shape=shape(_given(p.get("schema", {}))),
                text=words(p.get("description", "")),
            )
            for p in found.get("parameters", ())
        ),
        body=tuple((kind, shape(content.get("schema", {}))) for kind, content in body.items()),
        answers=tuple(
            _answer(int(status), answer) for status, answer in sorted(found["responses"].items())
        ),
    )


def _given(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Leave out null: a parameter that is left out has no value at all."""
    parts = [part for part in schema.get("anyOf", ()) if part.get("type") != "null"]
    return parts[0] if len(parts) == 1 else {**schema, "anyOf": parts} if parts else schema


def _answer(status: int, found: Mapping[str, Any]) -> Answer:
    contents = found.get("content", {})
    kinds = []
    for kind, content in contents.items():
        own = shape(content["schema"]) if content.get("schema") else Markup()
        media = Markup() if kind == "application/json" else Markup("<code>{}</code>").format(kind)
        kinds.append(Markup(" ").join(filter(None, (own, media))))
    text = str(found.get("description", ""))
    if text == "Successful Response":  # the framework's words for every one of them
        text = HTTPStatus(status).phrase
    return Answer(
        status=status,
        text=text,
        shape=Markup(" | ").join(filter(None, kinds)) or None,
        fault="application/problem+json" in contents,
    )


def _type(name: str, schema: Mapping[str, Any]) -> Type:
    required = schema.get("required", ())
    fields = tuple(
        Field(key, "", key in required, shape(value), words(value.get("description", "")))
        for key, value in schema.get("properties", {}).items()
    )
    own = Markup() if fields else shape(schema)
    return Type(name, words(schema.get("description", "")), own, fields)


def words(text: str) -> Markup:
    """Escape a description and set what stands in back quotes as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped


def shape(schema: Mapping[str, Any]) -> Markup:
    """Write the shape of a value: its type, limits, choices; named shapes are links."""
    if choices := _choices(schema):
        return Markup(" | ").join(dict.fromkeys(choices))
    kind = schema.get("type")
    if kind == "array":
        return Markup("{} [ ]").format(shape(schema.get("items", {})))
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return Markup("{{ … : {} }}").format(shape(schema["additionalProperties"]))
    limits = ", ".join(_limits(schema))
    format = schema.get("format") or schema.get("contentMediaType")
    text = f"{kind or 'any'}" + (f" ({format})" if format else "")
    return Markup("{}{}").format(
        text, Markup(" <small>{}</small>").format(limits) if limits else ""
    )


def _choices(schema: Mapping[str, Any]) -> list[Markup]:
    """Write what stands for a shape: a named one, one of several, fixed values; [] for none."""
    if ref := str(schema.get("$ref", "")):
        name = ref.removeprefix(SCHEMAS)
        return [Markup('<a href="#type-{0}">{0}</a>').format(name)]
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return [shape(part) for part in schema[key]]
    if "const" in schema:
        return [_code(schema["const"])]
    return [_code(value) for value in schema.get("enum", ())]


def _code(value: object) -> Markup:
    return Markup("<code>{}</code>").format("null" if value is None else str(value))


def _limits(schema: Mapping[str, Any]) -> Iterator[str]:
    marks = {
        "minimum": "≥ {}",
        "exclusiveMinimum": "> {}",
        "maximum": "≤ {}",
        "exclusiveMaximum": "< {}",
        "minLength": "length ≥ {}",
        "maxLength": "length ≤ {}",
        "minItems": "items ≥ {}",
        "maxItems": "items ≤ {}",
        "pattern": "{}",
    }
    for key, mark in marks.items():
        if key in schema:
            yield mark.format(schema[key])
    if schema.get("default") is not None:
        yield f"default {schema['default']}"


def _reference(ctx: WebContext) -> Reference:
    return cast("Reference", ctx.request.app.state.reference)


def title(ctx: WebContext, group: str) -> str:
    """Name a group as residents know the service."""
    if group == CORE:
        return ctx.gettext("Region, areas and offices")
    if group == HEALTH:
        return ctx.gettext("State of the server")
    own = {wired.id: wired for wired in ctx.kernel.services}.get(group)
    return ctx.of(group).gettext(own.menu[0].item.label) if own and own.menu else group


@router.get("/docs", response_class=Response, dependencies=[public_read()])
async def index(ctx: Ctx) -> Response:
    """Show what all of the API has in common, and every operation."""
    groups = [(id, title(ctx, id), found) for id, found in _reference(ctx).groups.items()]
    return render(ctx, "civicapp/docs.html", groups=groups)


@router.get("/docs/{group}", response_class=Response, dependencies=[public_read()])
async def group(ctx: Ctx, group: str) -> Response:
    """Show the operations of a service, and the shapes that they use."""
    found = _reference(ctx)
    if group not in found.groups:
        raise NotFound
    return render(
        ctx,
        "civicapp/docs_group.html",
        title=title(ctx, group),
        operations=found.groups[group],
        types=found.types(group),
    )
