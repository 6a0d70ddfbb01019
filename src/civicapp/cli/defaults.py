"""The value that counts at a key where no file gives one."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, TypeAdapter

from civicapp.cli.shapes import NOTHING, Shape
from civicapp.config import Localized, Secret
from civicapp.problems import nearest, visible
from civicapp.region.document import NoSuchKey

FEW = 24  # keys named in a message


class Unknown(LookupError):
    """Say that there is no such key, which was meant, and which there are."""


def default_at(pack: Shape, steps: list[str], missing: NoSuchKey) -> tuple[object, str]:
    """Return the default at a key and what it belongs to; raise Unknown if there is none."""
    place = [step for step in missing.place.split("/") if step]
    here = pack.at(place)
    below = here.below(missing.step) if here else None
    if below is None or not below.owner:  # a member of a table or list belongs to no model
        names = dict.fromkeys([*missing.choices, *(here.names if here else ())])
        raise Unknown(_unknown(missing.step, place, list(names)))
    depth = len(place) + 1
    while below is not None and below.default is NOTHING and depth < len(steps):
        below = below.below(steps[depth])
        depth += 1
    if below is None or below.default is NOTHING:
        key = visible("/".join(steps[:depth]))
        raise Unknown(f"`{key}` stands in no file, and has no default")
    value = plain(below.default)
    for n, step in enumerate(steps[depth:], depth):
        inside = _inside(value)
        if step not in inside:
            raise Unknown(_unknown(step, steps[:n], list(inside)))
        value = inside[step]
    return value, below.owner


def plain(value: Any) -> object:
    """Turn a model's value into what JSON holds."""
    if isinstance(value, BaseModel):
        return {name: plain(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, Secret):
        return str(value)
    if isinstance(value, Localized | Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, tuple | list | set | frozenset):
        return [plain(v) for v in value]
    return TypeAdapter(Any).dump_python(value, mode="json")


def _inside(value: object) -> Mapping[str, object]:
    if isinstance(value, list):
        return {str(n): item for n, item in enumerate(value)}
    return value if isinstance(value, dict) else {}


def _unknown(step: str, place: list[str], names: list[str]) -> str:
    match = nearest(step, names)
    text = f"there is no key `{visible(step)}`"
    text += f" in `{visible('/'.join(place))}`" if place else ""
    text += f": did you mean `{visible(match)}`?" if match else ""
    if not names:
        return text + "\nthere are no keys there"
    more = f", … and {len(names) - FEW:,} more" if len(names) > FEW else ""
    return f"{text}\nkeys there: {visible(', '.join(names[:FEW]))}{more}"
