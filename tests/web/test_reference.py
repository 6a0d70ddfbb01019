"""The pages of the API: everything that the OpenAPI document says, in both languages."""

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from civicapp.kernel import boot
from civicapp.settings import Settings
from civicapp.web import create_app
from civicapp.web.reference import METHODS, Reference, shape, words


@pytest.fixture(scope="module")
def lampung() -> TestClient:
    found = boot("lampung", settings=Settings())
    assert found.kernel is not None
    return TestClient(create_app(found.kernel))


def text_of(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def operations(document: Any) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method.upper(), path, found)
        for path, methods in document["paths"].items()
        for method, found in methods.items()
    ]


def test_each_operation_stands_on_the_first_page_with_a_link_to_its_place(
    lampung: TestClient,
) -> None:
    document = lampung.get("/openapi.json").json()
    index = lampung.get("/docs", headers={"accept-language": "en"}).text
    found = operations(document)
    assert len(found) > 20
    for method, path, operation in found:
        target = f"/docs/{operation['tags'][0]}#{operation['operationId']}"
        link = f'<a href="{target}"><code dir="ltr">{method} {path}</code></a>'
        assert link in index, operation["operationId"]
        page = lampung.get(target.partition("#")[0]).text
        assert f'id="{operation["operationId"]}"' in page


def test_every_link_inside_a_page_leads_somewhere(lampung: TestClient) -> None:
    groups = {
        operation["tags"][0] for *_, operation in operations(lampung.get("/openapi.json").json())
    }
    assert {"core", "complaints", "hotlines", "health"} <= groups
    for group in groups:
        page = lampung.get(f"/docs/{group}").text
        targets = set(re.findall(r'href="#([^"]+)"', page))
        assert targets - set(re.findall(r'\bid="([^"]+)"', page)) == set(), group
        assert group == "health" or any(t.startswith("type-") for t in targets)


def test_parameters_bodies_and_answers_are_told(lampung: TestClient) -> None:
    page = lampung.get("/docs/complaints", headers={"accept-language": "en"}).text
    start = page.index('id="complaints_submit"')
    part = text_of(page[start : page.index("</section>", start)])
    assert "POST /api/v1/complaints/reports" in part
    assert "Idempotency-Key header a random key" in part
    assert "Body: ReportIn" in part
    assert "Answer: 201 ReceiptOut" in part
    assert "429 that was too often" in part
    assert "Officers only" not in part
    desk = page[page.index('id="complaints_desk_queue"') :]
    assert "Officers only" in text_of(desk[: desk.index("</section>")])


def test_officers_operations_come_last(lampung: TestClient) -> None:
    groups = Reference(lampung.get("/openapi.json").content).groups
    for found in groups.values():
        assert [o.officers for o in found] == sorted(o.officers for o in found)


@pytest.mark.parametrize(("language", "word"), [("id", "Khusus petugas"), ("en", "Officers only")])
def test_the_pages_speak_the_visitors_language(
    lampung: TestClient, language: str, word: str
) -> None:
    for path in ("/docs", "/docs/complaints"):
        answer = lampung.get(path, headers={"accept-language": language})
        assert answer.status_code == 200
        assert f'<html lang="{language}"' in answer.text
        assert word in answer.text
        assert "<script" not in answer.text
        assert "style=" not in answer.text


def test_a_group_that_is_not_there_is_not_found(lampung: TestClient) -> None:
    assert lampung.get("/docs/nothing").status_code == 404


def test_a_page_is_kept_and_confirmed_by_its_etag(lampung: TestClient) -> None:
    first = lampung.get("/docs/core")
    again = lampung.get("/docs/core", headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({"type": "string", "format": "date-time"}, "string (date-time)"),
        ({"type": "integer", "minimum": 1, "maximum": 9}, "integer ≥ 1, ≤ 9"),
        ({"type": "array", "items": {"$ref": "#/components/schemas/Place"}}, "Place [ ]"),
        ({"anyOf": [{"type": "number"}, {"type": "null"}]}, "number | null"),
        ({"enum": ["inside", None]}, "inside | null"),
        ({"const": "x"}, "x"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "{ … : integer }"),
        ({"type": "string", "pattern": "<b>"}, "string <b>"),
        ({}, "any"),
    ],
)
def test_a_shape_is_written_in_short(schema: dict[str, Any], text: str) -> None:
    assert text_of(shape(schema)) == text


def test_a_description_is_escaped_and_its_back_quotes_are_code() -> None:
    assert words("such as `18.71` <b>") == "such as <code>18.71</code> &lt;b&gt;"


def test_nothing_of_the_document_is_lost() -> None:
    """Of a document with one of each, every name comes up."""
    document = json.loads((Path(__file__).parent / "openapi.json").read_text("utf-8"))
    found = Reference(json.dumps(document).encode())
    [operation] = found.groups["parks"]
    assert operation.method.lower() in METHODS
    assert [f.name for f in operation.fields] == ["id", "X-Key"]
    assert [(f.place, f.required) for f in operation.fields] == [("path", True), ("header", False)]
    assert [a.status for a in operation.answers] == [200, 404]
    assert [a.fault for a in operation.answers] == [False, True]
    assert [t.name for t in found.types("parks")] == ["Leaf", "Park", "Problem", "Tree"]
