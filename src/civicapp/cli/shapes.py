"""Shapes: what a pack's models say may stand at a key, whether it is secret, and its default."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from civicapp.config import ConfigModel, Localized, Secret, ServiceConfig, Table, options
from civicapp.region import Region
from civicapp.region.models import AgencyRow, AreaRow, HolidayRow, RegionConfig
from civicapp.region.roles import RoleConfig

NOTHING: Any = object()  # there is no default


@dataclass(frozen=True)
class Shape:
    """What may stand at one key; an option is a model, a type, or a mapping of further shapes.

    default: the value that counts when no file gives one. owner: what the default belongs to.
    """

    options: tuple[Any, ...] = ()
    default: Any = NOTHING
    owner: str = ""

    @property
    def secret(self) -> bool:
        """Tell whether only a reference to a secret may stand here."""
        return Secret in self.options

    @property
    def names(self) -> list[str]:
        """List the keys that the models name, with their defaults or without."""
        return [name for option in self.options for name in _fields(option)]

    def below(self, step: str) -> "Shape | None":
        """Return the shape at the next step of a key; None if nothing is known of it."""
        for option in self.options:
            if found := _below(option, step):
                return found
        return None

    def at(self, steps: list[str]) -> "Shape | None":
        """Return the shape some steps below."""
        here: Shape | None = self
        for step in steps:
            here = here and here.below(step)
        return here


def shape_of_pack(models: Mapping[str, type[ServiceConfig]], region: Region | None) -> Shape:
    """Return the shape of a whole pack: region.yaml, its tables, and the services' configs."""
    keys = {name: _field(RegionConfig, name) for name in RegionConfig.model_fields}
    for name, row in (("areas", AreaRow), ("agencies", AgencyRow), ("calendar", HolidayRow)):
        keys[name] = Shape(tuple(options(Table[row])))  # type: ignore[valid-type]
    keys["roles"] = Shape((dict[str, RoleConfig],))
    keys["services"] = Shape(({id: Shape((model,)) for id, model in models.items()},))
    if region is not None:
        keys["branding"] = _branding(region)
    return Shape((keys,))


def _branding(region: Region) -> Shape:
    theme = region.theme
    neutral, derived = "the neutral theme", "the theme, derived from `light`"
    light = {role: Shape((str,), colour, neutral) for role, colour in theme.light.items()}
    dark = {role: Shape((str,), colour, derived) for role, colour in theme.dark.items()}
    keys = {
        "ornament": Shape((str,), theme.ornament, neutral),
        "radius": Shape((int,), theme.radius, neutral),
        "light": Shape((light,), dict(theme.light), neutral),
        "dark": Shape((dark,), dict(theme.dark), derived),
    }
    return Shape((keys,), {name: shape.default for name, shape in keys.items()}, neutral)


def _fields(option: Any) -> list[str]:
    if isinstance(option, Mapping):
        return list(option)
    return list(option.model_fields) if _is_model(option) else []


def _below(option: Any, step: str) -> Shape | None:
    if isinstance(option, Mapping):
        return option.get(step)
    if _is_model(option):
        return _field(option, step)
    arguments = get_args(option)
    match get_origin(option):
        case container if container in (tuple, list, set, frozenset) and arguments:
            return Shape(tuple(options(arguments[0])))
        case container if container in (dict, Mapping) and len(arguments) == 2:
            return Shape(tuple(options(arguments[1])))
    return None


def _field(model: type[ConfigModel], name: str) -> Shape | None:
    info = model.model_fields.get(name)
    if info is None:
        # A table's localized field has a column per language.
        whole = _field(model, name.rpartition("_")[0]) if "_" in name else None
        return replace(whole, options=(str,)) if whole and Localized in whole.options else None
    owner = f"{name} ({model.__module__}.{model.__qualname__})"
    default = NOTHING
    if not info.is_required():
        default = info.get_default(call_default_factory=True, validated_data={})
    return Shape(tuple(options(info.annotation)), default, owner)


def _is_model(option: Any) -> bool:
    return isinstance(option, type) and issubclass(option, BaseModel)
