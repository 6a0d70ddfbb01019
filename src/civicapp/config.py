"""The vocabulary of config models: field types that read pack text strictly, rows, tables.

YAML scalars and CSV cells reach a model as text, so that `16:00`, `NO` and `18.10` stay what the
deployer typed. These types turn text into values by one strict pattern each; a bare `int` would take
`010` and `1_000`, a bare `bool` would take `yes`. A model with a bare type is refused when its class
is made.
"""

import datetime
import decimal
import re
import types
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, GetCoreSchemaHandler, ValidationInfo
from pydantic_core import PydanticCustomError, core_schema

from civicapp.problems import Origin, Problem, Severity, nearest

# What YAML 1.2 reads as a number when it is not quoted.
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+")


class Plain(str):
    """Text of an unquoted YAML scalar that remembers its place."""

    __slots__ = ("origin",)
    origin: Origin


@dataclass(slots=True)
class Checks:
    """Hand to the field types what they check codes against; collect their warnings."""

    languages: Collection[str] = ()
    areas: Collection[str] = ()
    agencies: Collection[str] = ()
    problems: list[Problem] = field(default_factory=list)


def _wrong_type(wanted: str, value: object) -> PydanticCustomError:
    got = {True: "true", False: "false", None: "nothing"}.get(value) if _is_atom(value) else None
    shown = f"got `{value}`" if isinstance(value, str) else f"got {got or _kind(value)}"
    hint = "quote it to make it text" if isinstance(value, bool) and "text" in wanted else ""
    return PydanticCustomError(
        "wrong-type", "wants {wanted}, {shown}", {"wanted": wanted, "shown": shown, "hint": hint}
    )


def _is_atom(value: object) -> bool:
    return value is None or isinstance(value, bool)


def _kind(value: object) -> str:
    return {dict: "a mapping", list: "a list", tuple: "a list"}.get(type(value), "something else")


def _bad(kind: str, message: str, hint: str = "", /, **words: object) -> PydanticCustomError:
    return PydanticCustomError(kind, message, {**words, "hint": hint})  # type: ignore[arg-type]


class _Mark:
    """Mark an annotation as one of ours, so that bare types can be told apart."""


def _field(read: Callable[[Any, ValidationInfo], Any]) -> tuple[BeforeValidator, _Mark]:
    return BeforeValidator(read), _Mark()


def _text(value: object, info: ValidationInfo) -> str:
    if not isinstance(value, str):
        raise _wrong_type("text", value)
    if isinstance(value, Plain) and _NUMBER.fullmatch(value) and isinstance(info.context, Checks):
        info.context.problems.append(
            Problem(
                "unquoted-number",
                f"`{value}` is text here, but editors and other tools read it as a number",
                f'write "{value}" in quotes',
                value.origin,
                Severity.WARNING,
            )
        )
    if not value.strip():
        raise _bad("wrong-value", "wants text, is empty")
    return str(value)


def _int(value: object, info: ValidationInfo) -> int:
    if type(value) is int:
        return value
    if not isinstance(value, str):
        raise _wrong_type("a whole number", value)
    if not re.fullmatch(r"-?(0|[1-9][0-9]{0,17})", value):
        raise _wrong_type("a whole number such as 24", value)
    return int(value)


def _number(value: object, info: ValidationInfo) -> decimal.Decimal:
    if isinstance(value, decimal.Decimal):
        return value
    if not isinstance(value, str):
        raise _wrong_type("a number", value)
    if not re.fullmatch(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,18})?", value):
        raise _wrong_type("a number such as 12.5", value)
    return decimal.Decimal(value)


def _flag(value: object, info: ValidationInfo) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return value == "true"
    raise _wrong_type("true or false", value)


def _date(value: object, info: ValidationInfo) -> datetime.date:
    if isinstance(value, datetime.date):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        raise _wrong_type("a date such as 2026-12-24", value)
    try:
        return datetime.date.fromisoformat(value)
    except ValueError as e:
        raise _bad("wrong-value", "`{value}` is no day of the calendar", value=value) from e


def _code(kind: Literal["area", "agency"]) -> Callable[[object, ValidationInfo], str]:
    def read(value: object, info: ValidationInfo) -> str:
        code = _text(value, info)
        if isinstance(info.context, Checks):
            known = info.context.areas if kind == "area" else info.context.agencies
            if code not in known:
                raise _unknown_code(kind, code, known)
        return code

    return read


def _unknown_code(kind: str, code: str, known: Collection[str]) -> PydanticCustomError:
    match = nearest(code, known)
    where = {"area": "areas/areas.csv", "agency": "organisation/agencies.csv"}[kind]
    hint = f"did you mean `{match}`?" if match else f"add it to {where}, or mend the code"
    return _bad(f"unknown-{kind}", f"no {kind} has the code `{{code}}`", hint, code=code)


def _secret(value: object, info: ValidationInfo) -> "Secret":
    if isinstance(value, Secret):
        return value
    if not isinstance(value, str) or not Secret.PATTERN.fullmatch(value):
        # The value itself is never shown: it may be the real secret.
        raise _bad(
            "literal-secret",
            "a secret stands in the pack",
            "write ${{env:NAME}} or ${{file:/path}} and change the secret: it is known now",
        )
    return Secret(str(value))


Text = Annotated[str, *_field(_text)]
"""Text that is not empty; a warning when an editor would read it as a number."""
Int = Annotated[int, *_field(_int)]
"""A whole number in plain digits: no leading zero, no `_`, no fraction."""
Number = Annotated[decimal.Decimal, *_field(_number)]
"""An exact decimal number such as `12.5`."""
Flag = Annotated[bool, *_field(_flag)]
"""`true` or `false`; never `yes`, `on`, `1`."""
Date = Annotated[datetime.date, *_field(_date)]
"""A day as `2026-12-24`."""
AreaCode = Annotated[str, *_field(_code("area"))]
"""Code of an area of this pack. A row whose area lies outside the region is dropped."""
AgencyCode = Annotated[str, *_field(_code("agency"))]
"""Code of an agency or role of this pack."""


@dataclass(frozen=True, slots=True)
class Secret:
    """Refer to a secret kept outside the pack: `${env:NAME}` or `${file:/path}`."""

    reference: str
    PATTERN: ClassVar[re.Pattern[str]] = re.compile(r"\$\{(env:[A-Z][A-Z0-9_]*|file:/[^}]+)\}")

    def __str__(self) -> str:
        """Show the reference, which is no secret."""
        return self.reference


SecretRef = Annotated[Secret, *_field(_secret)]
"""A secret that stands in the environment or a file of the host, never in the pack."""


class Localized(Mapping[str, str]):
    """Hold one text in several languages: `name: {id: Beras, en: Rice}`."""

    __slots__ = ("_texts",)

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = dict(texts)

    def __getitem__(self, language: str) -> str:
        """Return the text in exactly this language."""
        return self._texts[language]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the languages."""
        return iter(self._texts)

    def __len__(self) -> int:
        """Count the languages."""
        return len(self._texts)

    def __hash__(self) -> int:
        """Hash by content: a Localized never changes."""
        return hash(frozenset(self._texts.items()))

    def __repr__(self) -> str:
        """Show the texts."""
        return f"Localized({self._texts!r})"

    def text(self, *languages: str) -> str:
        """Return the text in the first of these languages that it has, else in any."""
        for language in languages:
            if language in self._texts:
                return self._texts[language]
        return next(iter(self._texts.values()))

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """Read a mapping from declared languages to text."""

        def language(value: str, info: ValidationInfo) -> str:
            known = info.context.languages if isinstance(info.context, Checks) else ()
            if known and value not in known:
                raise _bad(
                    "unknown-language",
                    "`{value}` is not among the region's languages",
                    f"declared: {', '.join(known)}; add it to `languages` in region.yaml",
                    value=str(value),
                )
            return str(value)

        def shape(value: object) -> object:
            if isinstance(value, Localized):
                return dict(value)
            if not isinstance(value, dict):
                raise _wrong_type("a text per language such as {{id: …, en: …}}", value)
            if not value:
                raise _bad("wrong-value", "wants a text in at least one language, is empty")
            return value

        keys = core_schema.with_info_before_validator_function(language, core_schema.str_schema())
        texts = core_schema.with_info_before_validator_function(_text, core_schema.str_schema())
        return core_schema.no_info_before_validator_function(
            shape,
            core_schema.no_info_after_validator_function(cls, core_schema.dict_schema(keys, texts)),
            serialization=core_schema.plain_serializer_function_ser_schema(dict),
        )


class ConfigModel(BaseModel):
    """Base of every model that reads a pack: frozen, and unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Refuse bare types: they would read pack text by other rules than ours."""
        super().__pydantic_init_subclass__(**kwargs)
        for name, info in cls.model_fields.items():
            marked = any(isinstance(m, _Mark) for m in info.metadata)
            if bare := None if marked else _bare(info.annotation):
                raise TypeError(
                    f"{cls.__name__}.{name}: use civicapp.{_OURS[bare]} instead of "
                    f"{bare.__name__}; a bare type reads pack text by looser rules"
                )
            if table_row(info.annotation, info.metadata) is None and "TableMark" in repr(
                info.annotation
            ):
                raise TypeError(
                    f"{cls.__name__}.{name}: a Table is never optional, it can be empty"
                )


class ServiceConfig(ConfigModel):
    """Base of a service's config: `services/<id>/config.yaml` and its tables."""


class Row(ConfigModel):
    """Base of a table's row. `key` names the columns by which layers merge."""

    key: ClassVar[tuple[str, ...]] = ("code",)


_OURS: dict[type, str] = {
    str: "Text",
    int: "Int",
    float: "Number",
    bool: "Flag",
    decimal.Decimal: "Number",
    datetime.date: "Date",
    Secret: "SecretRef",
}


def _bare(annotation: Any) -> type | None:
    if annotation in _OURS:
        return annotation  # type: ignore[no-any-return]
    if get_origin(annotation) is Annotated:
        inner, *marks = get_args(annotation)
        return None if any(isinstance(m, _Mark) for m in marks) else _bare(inner)
    if get_origin(annotation) is Literal:
        return None
    return next(filter(None, map(_bare, get_args(annotation))), None)


class TableMark(_Mark):
    """Mark a field that is read from `<field>.csv` instead of config.yaml."""


R = TypeVar("R", bound=Row)
Table = Annotated[tuple[R, ...], TableMark()]
"""Rows of a CSV file: `numbers: Table[HotlineNumber] = ()` reads `numbers.csv`."""


def table_row(annotation: Any, metadata: Collection[Any]) -> type[Row] | None:
    """Return the row model when a field is a Table, else None."""
    if not any(isinstance(m, TableMark) for m in metadata):
        return None
    return get_args(annotation)[0]  # type: ignore[no-any-return]


def tables_of(model: type[ConfigModel]) -> dict[str, type[Row]]:
    """List a config model's tables: field name to row model."""
    found = {n: table_row(f.annotation, f.metadata) for n, f in model.model_fields.items()}
    return {name: row for name, row in found.items() if row is not None}


def fields_marked(model: type[ConfigModel], wanted: object) -> list[str]:
    """List the fields annotated with one of this module's types, such as `AreaCode`."""
    marks = set(getattr(wanted, "__metadata__", ()))
    names = []
    for name, info in model.model_fields.items():
        found = {m for m in info.metadata if isinstance(m, BeforeValidator)}
        for option in get_args(info.annotation) if _optional(info.annotation) else ():
            found |= {m for m in getattr(option, "__metadata__", ())}
        if found & {m for m in marks if isinstance(m, BeforeValidator)}:
            names.append(name)
    return names


def _optional(annotation: Any) -> bool:
    return get_origin(annotation) in (Union, types.UnionType)
