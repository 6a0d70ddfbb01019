"""JSON Schemas of a pack's YAML files, for editors: completion, hover texts, errors while typing.

They are draft 07, which editors of YAML read. Tables are CSV and have none. What a schema cannot
say, such as that colours have contrast, `civicapp check` says.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast, get_args

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from civicapp.config import AgencyCode, ConfigModel, Localized, Secret, ServiceConfig, tables_of
from civicapp.kernel import Kernel
from civicapp.region.colour import ROLES
from civicapp.region.models import RegionConfig
from civicapp.region.roles import RolesConfig
from civicapp.region.theme import NAME_LIMIT, RADIUS_LIMIT, Ornament

DRAFT = "http://json-schema.org/draft-07/schema#"
ALWAYS = {"format", "id"}  # keys of region.yaml that a parent never stands in for
AGENCIES = "AgencyCode"
_IS_AGENCY = "x-agency"
_READ_AGENCY = get_args(AgencyCode)[1].func
_TEXTS = "A text per language."


class _Generate(GenerateJsonSchema):
    """Describe our own types as an editor of YAML sees what is typed."""

    languages: tuple[str, ...] = ()

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> JsonSchemaValue:  # noqa: ARG002
        """Describe a Number."""
        return {"type": "number"}

    def literal_schema(self, schema: core_schema.LiteralSchema) -> JsonSchemaValue:
        """Describe a choice; one that looks like a number may be typed without quotes."""
        values = [*schema["expected"]]
        numbers = [int(v) for v in values if isinstance(v, str) and v.isdigit()]
        return {"enum": values + numbers} if numbers else super().literal_schema(schema)

    def is_instance_schema(self, schema: core_schema.IsInstanceSchema) -> JsonSchemaValue:
        """Describe a SecretRef."""
        if schema["cls"] is not Secret:
            return super().is_instance_schema(schema)
        pattern = f"^{Secret.PATTERN.pattern}$"
        return {"type": "string", "pattern": pattern, "description": "${env:NAME} or ${file:/path}"}

    def function_before_schema(
        self, schema: core_schema.BeforeValidatorFunctionSchema
    ) -> JsonSchemaValue:
        """Describe an AgencyCode by the codes that there are."""
        if schema["function"]["function"] is _READ_AGENCY:
            return {_IS_AGENCY: True}
        return super().function_before_schema(schema)

    def function_after_schema(
        self, schema: core_schema.AfterValidatorFunctionSchema
    ) -> JsonSchemaValue:
        """Describe a Localized by the declared languages."""
        if cast("object", schema["function"]["function"]) is not Localized:
            return super().function_after_schema(schema)
        texts = {language: {"type": "string"} for language in self.languages}
        return {"description": _TEXTS, **_closed(texts), "minProperties": 1}


def _closed(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def schemas(kernel: Kernel) -> Mapping[str, Mapping[str, Any]]:
    """Describe the YAML files of a region's pack, by the path of the schema to write.

    For a pack that extends another no key is required: the parent may have it.
    """
    region = kernel.region
    thin = "extends" in region.document.region.items
    found = {
        "region.schema.json": _region(kernel, thin=thin),
        "theme.schema.json": {**_theme(region.languages), "definitions": {}},
        "roles.schema.json": _roles(kernel, thin=thin),
    }
    for wired in kernel.services:
        if wired.service.config is not None:
            schema = _service(wired.id, wired.service.config, kernel, thin=thin)
            found[f"services/{wired.id}.schema.json"] = schema
    return {path: _with_used_definitions(schema) for path, schema in found.items()}


def schema_files(kernel: Kernel) -> Mapping[str, str]:
    """Return the text of each schema by its path."""
    return {
        path: json.dumps(schema, ensure_ascii=False, indent=2) + "\n"
        for path, schema in schemas(kernel).items()
    }


def schema_of(file: str) -> str | None:
    """Return the path of the schema that describes a file of a pack; None when it has none."""
    parts = Path(file).parts
    if len(parts) == 3 and parts[0] == "services" and parts[2] == "config.yaml":
        return f"services/{parts[1]}.schema.json"
    return {
        "region.yaml": "region.schema.json",
        "branding/theme.yaml": "theme.schema.json",
        "organisation/roles.yaml": "roles.schema.json",
    }.get(file)


def _region(kernel: Kernel, *, thin: bool) -> dict[str, Any]:
    schema = _of(RegionConfig, "region.yaml", kernel, thin=thin)
    schema["required"] = sorted(ALWAYS if thin else {*schema.get("required", ()), *ALWAYS})
    schema["properties"]["plugins"]["items"] = {"enum": sorted(kernel.installed)}
    return schema


def _roles(kernel: Kernel, *, thin: bool) -> dict[str, Any]:
    schema = _of(RolesConfig, "organisation/roles.yaml", kernel, thin=thin)
    all_that_begin_so = {"type": "string", "pattern": r"^([a-z][a-z0-9_]*\.)*\*$"}
    permission = {"anyOf": [{"enum": sorted(kernel.permissions)}, all_that_begin_so]}
    for name in ("grants", "denies"):
        schema["definitions"]["RoleConfig"]["properties"][name]["items"] = permission
    # The model has the roles one step below a key of its own.
    inner = schema.pop("properties")["roles"]
    schema.pop("required", None)
    schema["description"] = "Roles of officers, by id."
    schema["additionalProperties"] = inner["additionalProperties"]
    return schema


def _service(id: str, model: type[ServiceConfig], kernel: Kernel, *, thin: bool) -> dict[str, Any]:
    schema = _of(model, f"services/{id}/config.yaml", kernel, thin=thin)
    for table in tables_of(model):
        schema["properties"].pop(table, None)
        if table in schema.get("required", ()):
            schema["required"].remove(table)
    return schema


def _of(model: type[ConfigModel], title: str, kernel: Kernel, *, thin: bool) -> dict[str, Any]:
    """Describe a model in draft 07."""
    generator = type("Generate", (_Generate,), {"languages": kernel.region.languages})
    schema = model.model_json_schema(
        schema_generator=generator, ref_template="#/definitions/{model}"
    )
    definitions = schema.pop("$defs", {})
    definitions[AGENCIES] = {"enum": sorted(kernel.region.agencies)}
    schema["definitions"] = definitions
    for part, listed in list(_parts(schema, listed=False)):
        if part.pop(_IS_AGENCY, None):
            part["allOf"] = [{"$ref": f"#/definitions/{AGENCIES}"}]  # a bare $ref hides the rest
        part.pop("discriminator", None)  # OpenAPI's, no keyword of JSON Schema
        part.pop("title", None)  # the key's name once more
        if "prefixItems" in part:  # draft 07 has the list in `items`
            part["items"] = part.pop("prefixItems")
        if thin and not listed:
            part.pop("required", None)
    return {"$schema": DRAFT, "title": title, **schema}


def _with_used_definitions(schema: dict[str, Any]) -> dict[str, Any]:
    definitions = schema.pop("definitions")
    text, used = json.dumps(schema), set[str]()
    while new := {n for n in definitions if n not in used and f'"#/definitions/{n}"' in text}:
        used |= new
        text += json.dumps([definitions[name] for name in new])
    if used:
        schema["definitions"] = {name: definitions[name] for name in definitions if name in used}
    return schema


def _parts(schema: Any, *, listed: bool) -> Iterator[tuple[dict[str, Any], bool]]:
    """Walk over a schema and those inside; tell of each whether it describes what lists hold.

    Mappings merge with the parent's, so that each key may come from there; lists replace them.
    """
    if not isinstance(schema, dict):
        return
    yield schema, listed
    for key, value in schema.items():
        inside = listed or key in ("items", "prefixItems")
        if key in ("properties", "definitions"):
            parts: Any = value.values()
        elif key in ("items", "prefixItems", "anyOf", "oneOf", "allOf", "additionalProperties"):
            parts = value if isinstance(value, list) else [value]
        else:
            continue
        for part in parts:
            yield from _parts(part, listed=inside)


def _theme(languages: tuple[str, ...]) -> dict[str, Any]:
    colour = {"type": "string", "pattern": "^#[0-9A-Fa-f]{6}$"}
    palette = _closed(dict.fromkeys(ROLES, colour))
    names = {language: {"type": "string", "maxLength": NAME_LIMIT} for language in languages}
    name = f"What the portal is called, at most {NAME_LIMIT} characters."
    keys = {
        "name": {"description": name, **_closed(names), "minProperties": 1},
        "logo": {
            "type": "string",
            "pattern": r"^[\w-]+\.svg$",
            "description": "A file beside this one.",
        },
        "ornament": {"enum": list(get_args(Ornament))},
        "radius": {
            "type": "integer",
            "minimum": 0,
            "maximum": RADIUS_LIMIT,
            "description": "Of corners, in CSS pixels.",
        },
        "light": {"description": "Colours of the light mode.", **palette},
        "dark": {"description": "Colours of the dark mode; derived when left out.", **palette},
    }
    about = "The look of a region; what is not set comes from the neutral theme."
    return {"$schema": DRAFT, "title": "branding/theme.yaml", "description": about, **_closed(keys)}
