"""The web shell: errors, security, language, area, health, logs, and what the API describes."""

import json
import logging
import os
import subprocess
import sys
from typing import Any

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import Response

from civicapp.kernel import boot
from civicapp.web import api, create_app, health, pages
from civicapp.web.assets import Assets
from civicapp.web.context import local_path
from civicapp.web.logs import masked
from civicapp.web.security import is_cross_origin

HTML = {"accept": "text/html"}


# Errors


def test_an_unknown_page_is_a_page_with_a_way_on(client):
    answer = client.get("/nowhere", headers=HTML)
    assert answer.status_code == 404
    assert "Page or number not found" in answer.text
    assert 'href="/"' in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_an_unknown_api_path_is_a_problem(client):
    answer = client.get("/api/v1/core/areas/9", headers={"accept-language": "id", **HTML})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["content-language"] == "id"
    problem = answer.json()
    assert problem["title"] == "Halaman atau nomor ini tidak ditemukan"
    assert problem["request_id"] == answer.headers["x-request-id"]


def test_wrong_values_are_named_by_pointer(client):
    answer = client.get("/api/v1/core/locate?lat=north")
    assert answer.status_code == 422
    assert [e["pointer"] for e in answer.json()["errors"]] == ["#/query/lat", "#/query/lon"]


def test_a_fault_of_a_plugin_is_a_page_that_tells_nothing(client):
    answer = client.get("/probe/boom", headers=HTML)
    assert answer.status_code == 500
    assert "Our side broke" in answer.text
    assert "secret detail" not in answer.text
    assert answer.headers["x-request-id"] in answer.text
    assert "content-security-policy" in answer.headers
    assert (
        "secret detail"
        not in client.get("/probe/boom", headers={"accept": "application/json"}).text
    )


def test_a_method_that_is_not_there(client):
    assert client.delete("/menu", headers=HTML).status_code == 405


def test_maintenance_answers_every_page_but_health(make_client):
    client = make_client(maintenance=True)
    answer = client.get("/", headers=HTML)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "600"
    assert "We are working on this service" in answer.text
    assert client.get("/healthz").status_code == 200
    assert client.get("/api/v1/core/region").headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("declared", [True, False])
def test_a_body_that_is_too_large_is_refused(make_client, declared):
    client = make_client(body_limit=1024)
    body = b"x" * 2000
    content = body if declared else iter([body[:1000], body[1000:]])
    headers = {"content-type": "application/x-www-form-urlencoded", **HTML}
    answer = client.post("/area", content=content, headers=headers)
    assert answer.status_code == 413
    assert "too large" in answer.text


# Security


@pytest.mark.parametrize(
    "path", ["/", "/nowhere", "/healthz", "/openapi.json", "/api/v1/core/region"]
)
def test_every_answer_carries_the_security_headers(client, path):
    headers = client.get(path).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "strict-origin-when-cross-origin"
    assert "strict-transport-security" not in headers


def test_hsts_is_sent_only_when_residents_come_by_https(make_client):
    headers = make_client(base_url="https://isle.example").get("/").headers
    assert "max-age=31536000" in headers["strict-transport-security"]


@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        ({"sec-fetch-site": "same-origin"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"sec-fetch-site": "cross-site"}, True),
        ({"sec-fetch-site": "same-site"}, True),
        ({"origin": "http://testserver"}, False),
        ({"origin": "http://evil.example"}, True),
        ({"origin": "null"}, True),
        ({}, False),
    ],
)
def test_posts_from_other_sites_are_refused(client, headers, refused):
    answer = client.post(
        "/area", data={"code": "7.1"}, headers={**headers, **HTML}, follow_redirects=False
    )
    assert answer.status_code == (403 if refused else 303)


def test_reading_is_never_cross_origin():
    assert not is_cross_origin("GET", Headers({"sec-fetch-site": "cross-site"}), ())


def test_no_middleware_that_buffers_answers(kernel):
    app: Any = create_app(kernel)
    while hasattr(app, "app"):
        assert not isinstance(app, BaseHTTPMiddleware)
        app = app.app
    assert not [m for m in app.user_middleware if issubclass(m.cls, BaseHTTPMiddleware)]


# Language and area


@pytest.mark.parametrize(
    ("wish", "language"),
    [
        ("", "en"),
        ("id", "id"),
        ("id-ID,id;q=0.9,en;q=0.8", "id"),
        ("fr,en;q=0.2,id;q=0.7", "id"),
        ("fr", "en"),
        ("id;q=0,en", "en"),
        (";;;q=9,\x00", "en"),
    ],
)
def test_the_browsers_wish_decides_until_somebody_chooses(client, wish, language):
    assert (
        client.get("/", headers={"accept-language": wish}).headers["content-language"] == language
    )


def test_a_chosen_language_is_kept_and_leads_back(client):
    answer = client.post(
        "/language", data={"language": "id", "next": "/area?q=n%20o&in=7"}, follow_redirects=False
    )
    assert answer.status_code == 303
    assert answer.headers["location"] == "/area?q=n%20o&in=7"
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert "SameSite=lax" in answer.headers["set-cookie"]
    assert client.get("/", headers={"accept-language": "en"}).headers["content-language"] == "id"


def test_a_language_that_is_not_offered(client):
    assert client.post("/language", data={"language": "fr"}, headers=HTML).status_code == 404


def test_choosing_and_forgetting_an_area(client):
    answer = client.post("/area", data={"code": "7.1", "next": "/menu"}, follow_redirects=False)
    assert answer.headers["location"] == "/menu"
    assert "North District" in client.get("/").text
    answer = client.post("/area", data={"code": "", "next": "/"}, follow_redirects=False)
    assert 'area=""' in answer.headers["set-cookie"]
    assert "North District" not in client.get("/").text


def test_an_area_that_is_not_ours_is_an_error_on_the_page(client):
    answer = client.post("/area", data={"code": "18"}, headers=HTML)
    assert answer.status_code == 422
    assert "Choose an area from the list." in answer.text
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("lat", "lon", "status"), [(2.5, 101.5, 303), (50, 50, 422), ("x", 1, 422)]
)
def test_my_location_is_used_once_and_not_kept(client, lat, lon, status):
    answer = client.post(
        "/area/here",
        data={"lat": lat, "lon": lon, "next": "/"},
        headers=HTML,
        follow_redirects=False,
    )
    assert answer.status_code == status
    assert "101.5" not in answer.headers.get("set-cookie", "")
    if status == 303:
        assert "area=7.1" in answer.headers["set-cookie"]


def test_an_area_in_the_address_counts_for_that_page_only(client):
    assert "North District" in client.get("/?area=7.1").text
    assert "North District" not in client.get("/").text


def test_the_area_page_names_the_offices(client):
    html = client.get("/area/7.1").text
    assert "Roads Board" in html
    assert "Harbour Office" in html
    assert "Works South District" in client.get("/area/7.2").text
    assert client.get("/area/8", headers=HTML).status_code == 404


@pytest.mark.parametrize(
    "path", ["//evil.example", "https://evil.example", "/\\evil", "", "x", "/a\nb", "/\t/evil"]
)
def test_a_way_back_never_leads_to_another_site(path):
    assert local_path(path) == "/"


@given(st.text(max_size=60))
def test_a_way_back_is_always_a_path_of_this_site(text):
    path = local_path(text)
    assert path.startswith("/")
    assert not path.startswith("//")
    assert path.isascii()
    assert path.isprintable()


# Content


def test_a_content_page_fills_placeholders_and_leaves_out_what_has_no_value(client):
    html = client.get("/pages/privacy").text
    assert "We are Isle Office." in html
    assert "https://isle.example" in html
    assert "Call" not in html
    client.cookies.set("language", "id")
    assert "Kami Kantor Pulau." in client.get("/pages/privacy").text


def test_html_in_content_stays_text(client):
    html = client.get("/pages/terms").text
    assert "<script>alert" not in html
    assert "&lt;script&gt;" in html


def test_a_content_page_that_is_not_there(client):
    assert client.get("/pages/contact", headers=HTML).status_code == 404


# Isolation and health


def test_parts_that_fail_are_left_out_and_seen_in_readyz(client):
    assert client.get("/readyz").json()["status"] == "ok"
    answer = client.get("/")
    assert answer.status_code == 200
    assert "Still here" in answer.text
    ready = client.get("/readyz").json()
    assert ready["status"] == "degraded"
    assert {(f["plugin"], f["place"]) for f in ready["failures"]} == {
        ("probe", "home"),
        ("probe", "fact probe"),
    }


def test_healthz(client):
    assert client.get("/healthz").json() == {"status": "ok"}


# API


def test_an_office_is_resolved_for_its_area(client):
    north = client.get("/api/v1/core/agencies/ROADS?area=7.1").json()
    south = client.get("/api/v1/core/agencies/ROADS?area=7.2").json()
    assert (north["code"], north["name"]) == ("ROADS", "Roads Board")
    assert south["name"] == "Works South District"
    assert client.get("/api/v1/core/agencies/ROADS").status_code == 404  # a role without an area
    assert client.get("/api/v1/core/agencies/NOPE?area=7.1").status_code == 404


def test_areas_are_listed_searched_and_described(client):
    assert [a["code"] for a in client.get("/api/v1/core/areas").json()["items"]] == ["7.1", "7.2"]
    assert [a["code"] for a in client.get("/api/v1/core/areas?q=70002").json()["items"]] == ["7.2"]
    assert client.get("/api/v1/core/areas?q=%20").status_code == 200
    area = client.get("/api/v1/core/areas/7.1").json()
    assert (area["title"], area["timezone"]) == ("North District", "Asia/Jakarta")
    assert [p["code"] for p in area["parents"]] == ["7"]


@pytest.mark.parametrize(
    ("point", "reason"),
    [
        ("lat=2.5&lon=101.5", "inside"),
        ("lat=101.5&lon=2.5", "swapped"),
        ("lat=50&lon=50", "nowhere"),
    ],
)
def test_a_point_is_located(client, point, reason):
    assert client.get(f"/api/v1/core/locate?{point}").json()["reason"] == reason


def test_openapi_says_what_the_server_does(client):
    schema = client.get("/openapi.json").json()
    assert "/probe/boom" not in schema["paths"]
    office = schema["components"]["schemas"]["OfficeOut"]
    assert set(office["required"]) == set(office["properties"])
    for path, methods in schema["paths"].items():
        for operation in methods.values():
            assert operation["summary"], path
            if "parameters" in operation:
                declared = operation["responses"]["422"]["content"]
                assert list(declared) == ["application/problem+json"], path


def test_every_route_has_a_model_or_ready_bytes(kernel):
    routers = [api.router, health.router, pages.router]
    found = boot("lampung").kernel
    assert found is not None
    for wired in found.services:
        routers += [r for r in (wired.api, wired.pages) if r is not None]
    routes = [r for router in routers for r in router.routes if isinstance(r, APIRoute)]
    assert len(routes) > 18
    for route in routes:
        ready = isinstance(route.response_class, type) and issubclass(
            route.response_class, Response
        )
        assert route.response_model is not None or ready, route.path
        assert len(route.methods or ()) == 1, route.path


def test_the_description_is_the_same_from_run_to_run():
    code = (
        "import hashlib\nfrom civicapp.kernel import boot\nfrom civicapp.web import create_app\n"
        "from fastapi.testclient import TestClient\nimport logging; logging.disable()\n"
        "print(hashlib.sha256(TestClient(create_app(boot('lampung').kernel))"
        ".get('/openapi.json').content).hexdigest())"
    )
    hashes = set()
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "CIVICAPP_LOG_LEVEL": "error"}
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        hashes.add(done.stdout.strip().split("\n")[-1])
    assert len(hashes) == 1


# Static files and logs


def test_static_files_have_hashed_names_and_never_change(client):
    html = client.get("/").text
    start = html.index("/static/portal.")
    url = html[start : html.index('"', start)]
    answer = client.get(url)
    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("text/css")
    assert client.get("/static/portal.000000000000.css", headers=HTML).status_code == 404
    assert client.get("/static/../settings.py", headers=HTML).status_code == 404


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [("gzip, br", True), ("br;q=1.0, gzip;q=0.5", True), ("", False), ("gzip;q=0", False)],
)
def test_static_files_are_sent_compressed_to_those_who_take_it(kernel, accepted, packed):
    client = TestClient(create_app(kernel))
    url = Assets(kernel).url("portal.css")
    answer = client.get(url, headers={"accept-encoding": accepted})
    assert ("content-encoding" in answer.headers) == packed
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.text.startswith(":root{")


@pytest.mark.parametrize("given", ["abcdef12-3456", None, "x\ny", "short", "a" * 100])
def test_each_answer_has_a_request_number(client, given):
    headers = {"x-request-id": given} if given else {}
    number = client.get("/healthz", headers=headers).headers["x-request-id"]
    assert (number == given) == (given == "abcdef12-3456")
    assert len(number) >= 12


@pytest.fixture
def lines():
    """Return the lines of the log of requests, as JSON."""
    from civicapp.settings import Settings
    from civicapp.web.logs import configure_logging

    root = logging.getLogger()
    before = root.handlers[:]
    configure_logging(Settings(log_format="json"))
    lines = []

    class Keep(logging.Handler):
        def emit(self, record):
            if record.name == "civicapp.access":
                lines.append(root.handlers[0].format(record))

    root.addHandler(Keep())
    yield lines
    root.handlers[:] = before


def test_the_log_tells_no_address_query_or_cookie(kernel, lines):
    client = TestClient(create_app(kernel), client=("203.0.113.7", 1234))
    client.cookies.set("area", "7.1")
    client.get("/complaints/s/verysecret?name=Somebody")
    (line,) = lines
    entry = json.loads(line)
    assert entry["path"] == "/complaints/s/…"
    assert entry["status"] == 404
    assert not {"203.0.113.7", "verysecret", "Somebody", "7.1"} & set(
        line.replace('"', " ").split()
    )
    assert "verysecret" not in line


def test_who_watches_the_app_fills_no_log_while_all_is_well(kernel, lines):
    client = TestClient(create_app(kernel))
    for path in ("/healthz", "/readyz", "/menu", "/healthz?x=1", "/readyz/x"):
        client.get(path)
    assert [json.loads(line)["path"] for line in lines] == ["/menu", "/readyz/x"]


def test_a_log_line_cannot_be_forged():
    assert masked("/a\nINFO forged") == "/a?INFO forged"


def test_the_real_region_is_served():
    found = boot("lampung")
    assert found.kernel is not None
    client = TestClient(create_app(found.kernel))
    office = client.get("/api/v1/core/agencies/K_PUPR?area=18.71").json()
    assert office["name"] == "Dinas PUPR Kota Bandar Lampung"
    places = {(-5.19, 103.93): "18.13.01", (-5.8705, 105.7563): "18.01.21"}
    for (lat, lon), code in places.items():
        answer = client.get(f"/api/v1/core/locate?lat={lat}&lon={lon}").json()
        assert (answer["reason"], answer["area"]["code"]) == ("near", code)
