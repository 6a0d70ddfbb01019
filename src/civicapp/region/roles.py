"""Roles: what an officer may do and whose rows; read from organisation/roles.yaml."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from civicapp.config import ConfigModel, Flag, Localized, Text, say, unfit
from civicapp.region.draft import Draft
from civicapp.region.nodes import Branch
from civicapp.region.read import read_tree
from civicapp.region.validate import read_model

ROLE_ID = re.compile(r"[a-z][a-z0-9_]{1,29}")
PATTERN = re.compile(r"([a-z][a-z0-9_]*|\*)(\.([a-z][a-z0-9_]*|\*))+")
WhoseRows = Literal["own_agency", "own_area", "own_level", "all"]


def _pattern(value: str) -> str:
    if not PATTERN.fullmatch(value):
        hint = "such as complaints.report.read, or complaints.report.* for all that begins so"
        raise unfit("wrong-value", f"{say(value)} is no permission", hint)
    return value


def _role_id(value: str) -> str:
    if not ROLE_ID.fullmatch(value):
        hint = "small letters, digits and _, a letter first"
        raise unfit("wrong-value", f"{say(value)} is no id of a role", hint)
    return value


def _some(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value:
        raise unfit("wrong-value", "grants nothing", "name a permission, or take the role out")
    return value


PermissionPattern = Annotated[Text, AfterValidator(_pattern)]
RoleId = Annotated[Text, AfterValidator(_role_id)]


class RoleConfig(ConfigModel):
    """A role in organisation/roles.yaml."""

    name: Localized = Field(description="What officers read.")
    grants: Annotated[tuple[PermissionPattern, ...], AfterValidator(_some)] = Field(
        description="Patterns of permissions; `*` at the end stands for all that begins so."
    )
    denies: tuple[PermissionPattern, ...] = Field(
        default=(), description="Patterns that no other role of the same person may grant."
    )
    rows: WhoseRows = Field(
        description="Whose rows: those of the own office, area or level of government, or all."
    )
    sees_identity: Flag = Field(
        default=False,
        description="The role shows who residents are: a second factor is asked at sign-in.",
    )


class RolesConfig(ConfigModel):
    """organisation/roles.yaml after merging, as a mapping under one key."""

    roles: dict[RoleId, RoleConfig]


@dataclass(frozen=True, slots=True)
class Role:
    """What a person with this role may do, and on which rows.

    grants, denies: patterns of permissions; what one role of a person denies, no other grants.
    rows: whose rows. sees_identity: it shows who residents are, so a second factor is asked at
    sign-in.
    """

    id: str
    name: Localized
    grants: tuple[str, ...]
    denies: tuple[str, ...]
    rows: WhoseRows
    sees_identity: bool


def build_roles(draft: Draft) -> Mapping[str, Role]:
    """Read and merge the roles of all layers; whether permissions exist is checked after boot."""
    tree, whole = read_tree(draft.pack, draft.reader, "organisation", "roles.yaml")
    if tree is None or not whole:
        return {}
    draft.mounts["roles"] = tree
    place = draft.pack.own("organisation", "roles.yaml")
    # The ids stand at the top of the file; the model has them one step below.
    around = Branch({"roles": tree}, {"roles": tree.origin}, place)
    config = read_model(RolesConfig, around, draft.checks, {})
    if config is None:
        return {}
    return {id: Role(id=id, **dict(role)) for id, role in config.roles.items()}
