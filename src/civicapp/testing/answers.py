"""Answers of an API compared with what its OpenAPI document declares: status, type, schema."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

METHODS = ("get", "post", "put", "patch", "delete")
PROBLEM = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of the API. path: with `{names}`. spec: as the document holds it."""

    method: str
    path: str
    spec: Mapping[str, Any]
    document: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Return the operation as people write it."""
        return f"{self.method.upper()} {self.path}"

    @property
    def is_secured(self) -> bool:
        """Tell whether it may ask who calls."""
        return bool(self.spec.get("security"))

    @property
    def wants_body(self) -> bool:
        """Tell whether a request without a body is none."""
        return bool(self.spec.get("requestBody", {}).get("required"))

    def needed(self) -> list[str]:
        """Name the parameters that must be given."""
        parameters = self.spec.get("parameters", ())
        return [p["name"] for p in parameters if p.get("required")]

    def takes(self, header: str) -> bool:
        """Tell whether a header is declared."""
        return any(
            p["in"] == "header" and p["name"].lower() == header.lower()
            for p in self.spec.get("parameters", ())
        )

    def declares(self, status: int) -> bool:
        """Tell whether a status is declared."""
        responses = self.spec.get("responses", {})
        return str(status) in responses or f"{status // 100}XX" in responses

    def faults(self, answer: Any) -> Iterator[str]:
        """Find where an answer is another than declared."""
        found = self.spec.get("responses", {})
        declared = found.get(str(answer.status_code)) or found.get(f"{answer.status_code // 100}XX")
        if declared is None:
            yield (
                f"answers {answer.status_code}, declared are {', '.join(sorted(found))}:"
                f" add it to `responses` ({answer.text[:200]})"
            )
            return
        content = declared.get("content", {})
        kind = answer.headers.get("content-type", "").partition(";")[0].strip()
        if not content:
            return
        if kind not in content:
            yield f"answers {answer.status_code} as {kind or 'nothing'}, declared: {list(content)}"
        elif kind.endswith("json"):
            yield from self._misfits(answer, content[kind].get("schema", {}))

    def _misfits(self, answer: Any, schema: Mapping[str, Any]) -> Iterator[str]:
        try:
            body = answer.json()
        except json.JSONDecodeError as e:
            yield f"answers {answer.status_code} with no JSON: {e}"
            return
        # References begin at the document's root, `#/components/schemas/…`.
        root = {**schema, "components": self.document.get("components", {})}
        validator = Draft202012Validator(root, format_checker=FormatChecker())
        for error in list(validator.iter_errors(body))[:3]:
            yield f"answers {answer.status_code}, and {error.json_path} is wrong: {error.message}"


def operations(document: Mapping[str, Any], prefix: str) -> list[Operation]:
    """List the operations below a path."""
    return [
        Operation(method, path, spec, document)
        for path, item in sorted(document["paths"].items())
        if path == prefix or path.startswith(f"{prefix}/")
        for method, spec in item.items()
        if method in METHODS
    ]
