"""The vocabulary of config models: field types that read pack text strictly, rows, tables.

YAML scalars and CSV cells reach a model as text, so that `16:00`, `NO` and `18.10` stay what the
deployer typed. These types turn text into values by one strict pattern each; a bare `int` would
take `010` and `1_000`, a bare `bool` would take `yes`. A model with a bare type is refused when its
class is made.
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
_INT = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,18})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
SHOWN = 60  # characters of a value in a message
FLAGS = {w: w.lower() == "true" for w in ("true", "True", "TRUE", "false", "False", "FALSE")}
_YES = ("y", "yes", "on", "1", "ya", "t")
_NO = ("n", "no", "off", "0", "tidak", "f")
IN_CLEAR = "holds a secret, which does not belong in a pack"
IN_CLEAR_HINT = "write ${env:NAME} or ${file:/path}, and change the secret: it is known now"


class Plain(str):
    """Text of an unquoted YAML scalar that remembers its place."""

    __slots__ = ("origin",)
    origin: Origin


@dataclass(slots=True)
class Checks:
    """Hand to the field types what they check codes against; collect their warnings.

    languages: the declared ones. areas, agencies: the known codes; None when they could not be
    read, then codes are not checked. elsewhere: codes of agencies that work outside the region.
    """

    languages: Collection[str] = ()
    areas: Collection[str] | None = ()
    agencies: Collection[str] | None = ()
    elsewhere: Collection[str] = ()
    problems: list[Problem] = field(default_factory=list)


def is_number(text: str) -> bool:
    """Tell whether an editor or another tool would read unquoted text as a number."""
    return _NUMBER.fullmatch(text) is not None


def say(value: object) -> str:
    """Write a value of a pack in a message: text in back quotes, anything else by its kind."""
    match value:
        case str():
            return f"`{value}`" if len(value) <= SHOWN else f"`{value[:SHOWN]}…`"
        case None | bool():
            return {None: "nothing", True: "true", False: "false"}[value]
        case int() | float() | decimal.Decimal() | datetime.date():
            return f"`{value}`"
        case dict():
            return "a mapping"
        case list() | tuple():
            return "a list"
    return "something else"


def unfit(code: str, message: str, hint: str) -> PydanticCustomError:
    """Build what a validator raises: the code, message and hint of the Problem to be."""
    # The hint first: pydantic fills in one word after the other, and the message holds pack text.
    return PydanticCustomError(code, "{said}", {"hint": hint, "said": message})


def _wrong_type(wanted: str, value: object, hint: str) -> PydanticCustomError:
    return unfit("wrong-type", f"wants {wanted}, got {say(value)}", hint)


class _Mark:
    """Mark an annotation as one of ours, so that bare types can be told apart."""


def _field(read: Callable[[Any, ValidationInfo], Any]) -> tuple[BeforeValidator, _Mark]:
    return BeforeValidator(read), _Mark()


def _text(value: object, info: ValidationInfo) -> str:
    if type(value) is str and value.strip():
        return value  # a cell of a table, or quoted: by far the most
    if isinstance(value, bool):
        raise _wrong_type("text", value, f'quote it to make it text: "{say(value)}"')
    if not isinstance(value, str):
        raise _wrong_type("text", value, "write one text")
    if isinstance(value, Plain) and is_number(value) and isinstance(info.context, Checks):
        info.context.problems.append(
            Problem(
                "unquoted-number",
                f"{say(value)} is text here, but editors and other tools read it as a number",
                f'write "{value}" in quotes' if len(value) <= SHOWN else "write it in quotes",
                value.origin,
                Severity.WARNING,
            )
        )
    if not value.strip():
        raise unfit("wrong-value", "wants text, is empty", "write a text")
    return str(value)


def _int(value: object, _: ValidationInfo) -> int:
    if type(value) is int:
        return value
    if not isinstance(value, str) or not _INT.fullmatch(value):
        raise _wrong_type("a whole number", value, _digits(value, r"-?[0-9]{1,18}", "24"))
    return int(value)


def _number(value: object, _: ValidationInfo) -> decimal.Decimal:
    if isinstance(value, decimal.Decimal):
        return value
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
        hint = _digits(value, r"-?[0-9]{1,18}(\.[0-9]{1,18})?", "12.5")
        raise _wrong_type("a number", value, hint)
    return decimal.Decimal(value)


def _digits(value: object, pattern: str, example: str) -> str:
    """Say how to write what someone most likely meant by a number that is none."""
    text = value if isinstance(value, str) else ""
    if re.fullmatch(pattern, text):
        plain = re.sub(r"^(-?)0+(?=[0-9])", r"\1", text)
        return f"write {plain}, without zeros in front"
    if re.fullmatch(r"-?[0-9]{1,3}([_ ,.'][0-9]{3})+", text):
        return f"write {re.sub(r'[^0-9-]', '', text)}, without marks between the digits"
    if re.fullmatch(r"-?[0-9]{1,18},[0-9]{1,18}", text) and "." in example:
        return f"write {text.replace(',', '.')}, with a point"
    return f"write it in digits, such as {example}"


def _flag(value: object, _: ValidationInfo) -> bool:
    if isinstance(value, bool):
        return value
    # Spreadsheets write TRUE where one types true.
    if isinstance(value, str) and value in FLAGS:
        return FLAGS[value]
    word = value.casefold() if isinstance(value, str) else ""
    meant = "true" if word in _YES else "false" if word in _NO else "true or false"
    raise _wrong_type("true or false", value, f"write {meant}")


def _date(value: object, _: ValidationInfo) -> datetime.date:
    if isinstance(value, datetime.date):
        return value
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise _wrong_type("a date", value, "write year, month and day, such as 2026-12-24")
    try:
        return datetime.date.fromisoformat(value)
    except ValueError as e:
        message = f"`{value}` is no day of the calendar"
        raise unfit("wrong-value", message, "mend the month or the day") from e


def _code(kind: Literal["area", "agency"]) -> Callable[[object, ValidationInfo], str]:
    def read(value: object, info: ValidationInfo) -> str:
        code = _text(value, info)
        if isinstance(info.context, Checks):
            known = info.context.areas if kind == "area" else info.context.agencies
            if known is not None and code not in known:
                raise _unknown_code(kind, code, known, info.context.elsewhere)
        return code

    return read


def _unknown_code(
    kind: str, code: str, known: Collection[str], elsewhere: Collection[str]
) -> PydanticCustomError:
    if kind == "agency" and code in elsewhere:
        message = f"agency `{code}` works outside this region"
        return unfit("unknown-agency", message, "name one of this region's")
    match = nearest(code, known)
    where = {"area": "areas/areas.csv", "agency": "organisation/agencies.csv"}[kind]
    hint = f"did you mean `{match}`?" if match else f"add it to {where}, or mend the code"
    return unfit(f"unknown-{kind}", f"no {kind} has the code {say(code)}", hint)


def _secret(value: object, _: ValidationInfo) -> "Secret":
    if isinstance(value, Secret):
        return value
    if not isinstance(value, str) or not Secret.PATTERN.fullmatch(value):
        # The value itself is never shown: it may be the real secret.
        raise unfit("literal-secret", IN_CLEAR, IN_CLEAR_HINT)
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
                raise unfit(
                    "unknown-language",
                    f"{say(value)} is not among the region's languages",
                    f"declared: {', '.join(known)}; add it to `languages` in region.yaml",
                )
            return str(value)

        def shape(value: object) -> object:
            if isinstance(value, Localized):
                return dict(value)
            if not isinstance(value, dict):
                raise _wrong_type("a text per language", value, "write {id: …, en: …}")
            if not value:
                message = "wants a text in at least one language, is empty"
                raise unfit("wrong-value", message, "write {id: …, en: …}")
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
            row = table_row(info.annotation, info.metadata)
            if row is None and "TableMark" in repr(info.annotation):
                raise TypeError(f"{cls.__name__}.{name}: a Table is never optional, just empty")
            if absent := [k for k in row.key if k not in row.model_fields] if row else []:
                raise TypeError(
                    f"{cls.__name__}.{name}: `{absent[0]}` is in the row's key, but no field"
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
        if get_origin(info.annotation) in (Union, types.UnionType):
            for option in get_args(info.annotation):
                found |= set(getattr(option, "__metadata__", ()))
        if found & {m for m in marks if isinstance(m, BeforeValidator)}:
            names.append(name)
    return names


def options(annotation: Any) -> Iterator[Any]:
    """Take the options out of a union, and the type out of what annotates it."""
    if get_origin(annotation) is Annotated:
        yield from options(get_args(annotation)[0])
    elif get_origin(annotation) in (Union, types.UnionType):
        for option in get_args(annotation):
            yield from options(option)
    else:
        yield annotation
