"""The API: what it takes, gives and refuses."""

import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from civicapp_complaints.models import Media, Report
from PIL import Image


def test_categories_in_the_callers_language(api):
    found = api.get("/categories", headers={"accept-language": "id"}).json()["items"]
    hole = {c["code"]: c for c in found}["road.hole"]
    assert (hole["name"], hole["group_name"], hole["location"]) == (
        "Jalan berlubang",
        "Jalan",
        "required",
    )
    assert [a["code"] for a in hole["question"]["answers"]] == ["highway", "street", "unknown"]


def test_resolve(api):
    found = api.get("/resolve?lat=2.5&lon=101.5&category=road.hole&answer=highway")
    assert found.status_code == 200
    body = found.json()
    assert body["area"] == {"code": "7.1", "name": "North District"}
    assert body["agency"] == {"code": "HIGHWAYS", "name": "Highways"}
    assert body["level"] == "province"
    assert body["due_at"].endswith("+07:00")
    sea = api.get("/resolve?lat=1.5&lon=103.5&category=road.light").json()
    assert (sea["area"], sea["agency"], sea["level"]) == (None, None, None)


@pytest.mark.parametrize(
    ("query", "pointer", "code"),
    [
        ("lat=101.5&lon=2.5&category=road.light", "lat", "place-swapped"),
        ("lat=95&lon=2.5&category=road.light", "lat", "place-impossible"),
        ("lat=nan&lon=2.5&category=road.light", "lon", "place-impossible"),
        ("lat=2.5&lon=101.5&category=x", "category", "category-unknown"),
        ("lat=2.5&lon=101.5&category=road.hole&answer=x", "answer", "answer-unknown"),
    ],
)
def test_resolve_says_what_is_wrong(api, query, pointer, code):
    answer = api.get(f"/resolve?{query}", headers={"accept-language": "id"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    error = answer.json()["errors"][0]
    assert (error["pointer"], error["code"]) == (f"#/query/{pointer}", code)


def test_a_report_and_its_secret(api):
    receipt = api.send(contact={"phone": "0812 3456 7890"}, landmark="the market")
    assert set(receipt) >= {"id", "secret", "state", "area", "agency", "due_at"}
    assert (receipt["state"], receipt["area"]["code"], receipt["agency"]["code"]) == (
        "routed",
        "7.1",
        "ROADS",
    )
    assert receipt["due_at"].endswith("+07:00")
    assert receipt["reachable"] is False  # a phone only, and no channel for it
    path = f"/reports/{receipt['id']}"
    mine = api.get(path, headers={"x-report-secret": receipt["secret"]})
    assert mine.status_code == 200
    assert mine.headers["etag"] == f'"{mine.json()["version"]}"'
    assert mine.headers["cache-control"] == "no-store"
    assert (mine.json()["landmark"], mine.json()["contact"]) == ("the market", ["phone"])
    assert "3456" not in mine.text


def masked(answer):
    """Return an answer without what differs from request to request."""
    body = {k: v for k, v in answer.json().items() if k != "request_id"}
    headers = {k: v for k, v in answer.headers.items() if k not in ("x-request-id", "date")}
    return answer.status_code, body, headers


def test_a_wrong_secret_a_private_report_and_an_unknown_id_answer_alike(api):
    receipt, other = api.send(), api.send()
    known, unknown = f"/reports/{receipt['id']}", "/reports/ISL-0000-0000-0"
    wrong = {"x-report-secret": other["secret"]}
    without = [api.get(known), api.get(unknown), api.get("/reports/x")]
    secret = [
        api.get(known, headers=wrong),
        api.get(unknown, headers=wrong),
        api.get(known, headers={"x-report-secret": ""}),
    ]
    posts = [api.post(f"{path}/withdraw", {}, headers=wrong) for path in (known, unknown)]
    for answers in (without, secret, posts):
        assert {a.status_code for a in answers} == {404}
        assert masked(answers[0]) == masked(answers[1]) == masked(answers[-1])
    assert masked(without[0])[:2] == masked(secret[0])[:2] == masked(posts[0])[:2]


@pytest.mark.parametrize(
    ("given", "pointers"),
    [
        ({"lat": 1.5, "lon": 103.5}, ["lat"]),
        ({"lat": 101.5, "lon": 2.5}, ["lat"]),
        ({"description": "x" * 4001}, ["description"]),
        ({"category": "nothing"}, ["category"]),
        (
            {"description": "", "contact": {"email": "@", "phone": "1"}},
            ["description", "contact/email", "contact/phone"],
        ),
        ({"lat": None, "lon": None, "area_code": "18.71"}, ["area_code"]),
    ],
)
def test_bad_input_is_explained_in_the_callers_language(api, given, pointers):
    sound = {"category": "road.light", "description": "It is out again.", "lat": 2.5, "lon": 101.5}
    answer = api.post("/reports", {**sound, **given}, headers={"accept-language": "id"})
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["title"] == "Ada yang perlu diperbaiki"
    assert [e["pointer"] for e in problem["errors"]] == [f"#/body/{p}" for p in pointers]
    assert api.world.rows(Report) == []


def test_html_and_control_characters_stay_harmless(api):
    text = "<script>alert(1)</script>\x00 lamp \u202e out"
    receipt = api.send(description=text)
    mine = api.get(f"/reports/{receipt['id']}", headers={"x-report-secret": receipt["secret"]})
    assert mine.json()["text"] == "<script>alert(1)</script> lamp  out"
    assert mine.headers["content-type"].startswith("application/json")
    assert mine.headers["x-content-type-options"] == "nosniff"


def test_one_key_one_report(api):
    body = {"category": "road.light", "description": "It is out again.", "area_code": "7.1"}
    key = {"idempotency-key": "0f8fad5b-d9cb-469f-a165-70867728950e"}
    answers = [api.post("/reports", body, headers=key) for _ in range(3)]
    assert {a.status_code for a in answers} == {201}
    assert len({a.content for a in answers}) == 1
    other = api.post("/reports", {**body, "description": "Another one is out."}, headers=key)
    assert other.status_code == 422
    assert other.json()["errors"][0]["pointer"] == "#/header/Idempotency-Key"
    assert len(api.world.rows(Report)) == 1


def test_twenty_posts_at_once_with_one_key_are_one_report(api):
    body = {"category": "road.light", "description": "It is out again.", "area_code": "7.1"}
    headers = {"idempotency-key": "20"}
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: api.post("/reports", body, headers=headers), range(20)))
    assert {a.status_code for a in answers} == {201}
    assert len({a.content for a in answers}) == 1
    assert len(api.world.rows(Report)) == 1


def test_another_sites_post_is_refused(api):
    body = {"category": "road.light", "description": "It is out again.", "area_code": "7.1"}
    for header in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}):
        assert api.post("/reports", body, headers=header).status_code == 403
    assert api.world.rows(Report) == []


def jpeg(size=(320, 240)):
    out = io.BytesIO()
    Image.new("RGB", size, "orange").save(out, "JPEG")
    return out.getvalue()


def upload(api, receipt, content, name="photo.jpg", secret=None):
    headers = {"x-report-secret": secret or receipt["secret"]}
    path = f"/reports/{receipt['id']}/media"
    return api.call("POST", path, files={"file": (name, content)}, headers=headers)


def test_photos(api):
    receipt = api.send()
    first = upload(api, receipt, jpeg())
    assert first.status_code == 201, first.text
    assert (first.json()["kind"], first.json()["ready"]) == ("before", False)
    for content, code in (
        (b"%PDF-1.7", "photo-kind"),
        (jpeg() + bytes(15 * 1024 * 1024), "photo-size"),
    ):
        refused = upload(api, receipt, content)
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["code"] == code
        assert refused.json()["errors"][0]["pointer"] == "#/body/file"
    assert upload(api, receipt, bytes(20 * 1024 * 1024)).status_code == 413
    for _ in range(4):
        assert upload(api, receipt, jpeg()).status_code == 201
    sixth = upload(api, receipt, jpeg())
    assert sixth.json()["errors"][0]["code"] == "too-many"
    assert upload(api, receipt, jpeg(), secret="x" * 22).status_code == 404
    assert api.get(f"/reports/{receipt['id']}/media/{first.json()['id']}").status_code == 404


def test_a_repeated_upload_is_one_photo(api):
    receipt = api.send()
    headers = {"x-report-secret": receipt["secret"], "idempotency-key": "photo-1"}
    path, content = f"/reports/{receipt['id']}/media", jpeg()
    answers = [
        api.call("POST", path, files={"file": ("a.jpg", content)}, headers=headers)
        for _ in range(3)
    ]
    assert {(a.status_code, a.json()["id"]) for a in answers} == {(201, answers[0].json()["id"])}
    assert len(api.world.rows(Media)) == 1


def test_a_refused_photo_leaves_no_file(api, tmp_path):
    receipt = api.send()
    for _ in range(5):
        upload(api, receipt, jpeg())
    assert upload(api, receipt, jpeg()).status_code == 422
    assert len(list((tmp_path / "files" / "complaints").iterdir())) == 5


def test_an_officers_photo_shows_the_finished_work(api):
    handler = api.token(api.world.officer("handler", "ROADS", "7.1"))
    receipt = api.send()
    path = f"/desk/reports/{receipt['id']}"
    tag = {"if-match": api.get(path, headers=handler).headers["etag"]}
    headers = {**handler, **tag}
    files = {"file": ("after.jpg", jpeg())}
    assert api.call("POST", f"{path}/media", files=files, headers=handler).status_code == 428
    made = api.call("POST", f"{path}/media", files=files, headers=headers)
    assert (made.status_code, made.json()["kind"]) == (201, "after")
    files = {"file": ("after.jpg", jpeg())}
    assert api.call("POST", f"{path}/media", files=files, headers=headers).status_code == 412


def version(answer):
    return {"if-match": answer.headers["etag"]}


def test_an_officer_by_token(api):
    world = api.world
    handler = api.token(world.officer("handler", "ROADS", "7.1"))
    receipt = api.send()
    queue = api.get("/desk/reports", headers=handler).json()["items"]
    assert [i["id"] for i in queue] == [receipt["id"]]
    path = f"/desk/reports/{receipt['id']}"
    seen = api.get(path, headers=handler)
    assert "accept" in [a["action"] for a in seen.json()["actions"]]

    def do(action, body=None, tag=None):
        headers = {**handler, **(tag or {})}
        return api.post(f"{path}/{action}", body or {}, headers=headers)

    assert do("accept").status_code == 428
    assert do("accept", tag={"if-match": '"99"'}).status_code == 412
    assert do("accept", tag={"if-match": "nonsense"}).status_code == 412
    assert do("resolve", {"note": "x" * 30}, version(seen)).status_code == 409
    assert do("reassign", {"agency": "HIGHWAYS", "reason": "x"}, version(seen)).status_code == 403
    accepted = do("accept", tag=version(seen))
    assert (accepted.status_code, accepted.json()["state"]) == (200, "in_progress")
    stale = do("reply", {"text": "Hello"}, version(seen))
    assert (stale.status_code, stale.headers["etag"]) == (412, accepted.headers["etag"])
    missing = do("resolve", {}, version(accepted))
    assert [e["pointer"] for e in missing.json()["errors"]] == ["#/body/note"]
    assert do("fly", {}, version(accepted)).status_code == 422
    done = do("resolve", {"note": "The lamp has a new bulb."}, version(accepted))
    assert done.json()["state"] == "resolved"
    mine = {"x-report-secret": receipt["secret"]}
    report = f"/reports/{receipt['id']}"
    assert api.post(f"{report}/withdraw", {}, headers=mine).status_code == 409
    assert api.post(f"{report}/dispute", {}, headers=mine).status_code == 422
    closed = api.post(f"{report}/confirm", {}, headers=mine)
    assert (closed.json()["state"], closed.json()["outcome"]) == ("closed", "fixed")


def test_strangers_at_the_desk(api):
    world = api.world
    receipt = api.send()
    path = f"/desk/reports/{receipt['id']}"
    assert api.get("/desk/reports").status_code == 401
    assert api.get(path, headers={"authorization": "Bearer civicapp_x"}).status_code == 401
    stranger = api.token(world.officer("handler", "ROADS", "7.2"))
    unknown = api.get("/desk/reports/ISL-0000-0000-0", headers=stranger)
    assert masked(api.get(path, headers=stranger)) == masked(unknown)
    assert unknown.status_code == 404
    action = api.post(f"{path}/accept", {}, headers={**stranger, "if-match": "*"})
    assert action.status_code == 404
    admin = api.token(world.officer("admin"))
    assert api.get("/desk/reports", headers=admin).status_code == 403


def publish(api, receipt, **more):
    reviewer = api.token(api.world.officer("reviewer"))
    path = f"/desk/reports/{receipt['id']}"
    seen = api.get(path, headers=reviewer)
    body = {"approve": True, "text": seen.json()["proposal"], **more}
    answer = api.post(f"{path}/review", body, headers={**reviewer, **version(seen)})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_what_is_public_is_cached_and_never_stale(api):
    receipt = api.send(visibility="public", contact={"name": "Someone"})
    assert api.get("/reports").json() == {"items": [], "next": None}
    publish(api, receipt)
    listed = api.get("/reports")
    assert [i["id"] for i in listed.json()["items"]] == [receipt["id"]]
    assert "Someone" not in listed.text
    again = api.get("/reports")
    assert again.headers["cache-status"].endswith("hit")
    tag = {"if-none-match": again.headers["etag"]}
    assert api.get("/reports", headers=tag).status_code == 304
    page = api.get(f"/reports/{receipt['id']}")
    assert api.get(f"/reports/{receipt['id']}").headers["cache-status"].endswith("hit")
    assert "version" not in page.json()
    headers = {"x-report-secret": receipt["secret"]}
    body = {"visibility": "private"}
    path = f"/reports/{receipt['id']}/visibility"
    assert api.call("PATCH", path, json=body, headers=headers).status_code == 200
    assert api.get("/reports").json()["items"] == []
    assert api.get(f"/reports/{receipt['id']}").status_code == 404


def test_the_public_list_in_pages(api):
    for _ in range(5):
        publish(api, api.send(visibility="public"))
    first = api.get("/reports?limit=2&category=road.light")
    assert len(first.json()["items"]) == 2
    assert 'rel="first"' in first.headers["link"]
    assert 'rel="next"' in first.headers["link"]
    assert "category=road.light" in first.headers["link"]
    seen, cursor = [], ""
    while cursor is not None:
        page = api.get(f"/reports?limit=2&cursor={cursor}").json()
        seen += [i["id"] for i in page["items"]]
        cursor = page["next"]
    assert len(seen) == len(set(seen)) == 5
    wrong = api.get("/reports?cursor=x")
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "#/query/cursor")
    assert api.get("/reports?limit=1000").status_code == 422


def test_lost_links_tell_nothing(api):
    receipt = api.send(contact={"email": "someone@example.org"})
    for email in ("someone@example.org", "else@example.org"):
        answer = api.post("/lost", {"id": receipt["id"], "email": email})
        assert (answer.status_code, answer.content) == (202, b"null")


def test_every_status_is_declared(api):
    """What the tests above were answered with stands in the description."""
    described = api.client.get("/openapi.json").json()["paths"]
    wanted = {
        ("post", "/reports"): "201 409 413 422 429 503 507",
        ("get", "/reports/{number}"): "200 404 422",
        ("post", "/reports/{number}/media"): "201 404 409 412 413 422 429 503 507",
        ("post", "/reports/{number}/{action}"): "200 404 409 412 413 422 503 507",
        ("get", "/desk/reports"): "200 401 403 422",
        ("post", "/desk/reports/{number}/{action}"): "200 401 403 404 409 412 413 422 428 503 507",
    }
    for (method, path), statuses in wanted.items():
        operation = described[f"/api/v1/complaints{path}"][method]
        assert sorted(operation["responses"]) == statuses.split(), path


def test_contact_data_stand_nowhere_in_clear(api, caplog):
    contact = {"name": "Xylophone", "email": "xylophone@example.org", "phone": "081299887766"}
    receipt = api.send(contact=contact, visibility="public")
    publish(api, receipt)
    headers = {"x-report-secret": receipt["secret"]}
    mine = api.get(f"/reports/{receipt['id']}", headers=headers)
    written = caplog.text
    assert "/api/v1/complaints/reports" in written
    for word in ("ylophone", "99887766"):
        assert word not in mine.text + api.get("/reports").text + written
    assert receipt["secret"] not in written
    if api.world.db.is_sqlite:
        file = Path(api.world.db.url.database)
        kept = b"".join(p.read_bytes() for p in file.parent.glob(f"{file.name}*"))
        assert b"road.light" in kept
        for secret in (b"ylophone", b"99887766", receipt["secret"].encode()):
            assert secret not in kept
