"""Background work: photos that can be shown, messages that come once, what is forgotten."""

import datetime
import io
import re

import pytest
from civicapp_complaints.models import Handover, Media, SecretRow
from PIL import Image
from sqlalchemy import select

from civicapp.kernel import boot
from civicapp.settings import Settings
from civicapp.storage.files import FileMissing
from civicapp.storage.models import JobRow


@pytest.fixture
def kernel(isle, kernel):
    """Return the kernel of a host that knows where its links lead."""
    return boot(isle.folder, settings=Settings(base_url="https://isle.example")).kernel


def photo():
    exif = Image.Exif()
    exif.get_ifd(0x8825)[2] = (2.0, 30.0, 0.0)
    out = io.BytesIO()
    Image.new("RGB", (2000, 1000), "orange").save(out, "JPEG", exif=exif)
    return out.getvalue()


def add_photo(api, receipt, content=None):
    headers = {"x-report-secret": receipt["secret"]}
    path = f"/reports/{receipt['id']}/media"
    found = api.call("POST", path, files={"file": ("x.jpg", content or photo())}, headers=headers)
    assert found.status_code == 201, found.text
    return found.json()


def test_a_photo_is_shown_once_it_was_encoded_and_approved(api):
    receipt = api.send(visibility="public")
    added = add_photo(api, receipt)
    headers = {"x-report-secret": receipt["secret"]}
    url = added["url"].removeprefix("/api/v1/complaints")
    assert api.get(url, headers=headers).status_code == 404
    api.outbox.run_jobs()
    mine = api.get(url, headers=headers)
    assert (mine.status_code, mine.headers["content-type"]) == (200, "image/webp")
    with Image.open(io.BytesIO(mine.content)) as image:
        assert image.size == (1600, 800)
        assert dict(image.getexif()) == {}
    again = api.get(url, headers={**headers, "if-none-match": mine.headers["etag"]})
    assert again.status_code == 304
    assert api.get(f"{url}?size=small", headers=headers).headers["etag"] != mine.headers["etag"]
    assert api.get(url).status_code == 404
    reviewer = api.token(api.world.officer("reviewer"))
    seen = api.get(f"/desk/reports/{receipt['id']}", headers=reviewer)
    body = {"approve": True, "text": "The lamp is out.", "photos": {added["id"]: True}}
    tag = {"if-match": seen.headers["etag"]}
    api.post(f"/desk/reports/{receipt['id']}/review", body, headers={**reviewer, **tag})
    assert api.get(url).status_code == 200
    assert api.get("/reports").json()["items"][0]["photo"] == added["url"]
    desk = f"/desk{url}"
    assert api.get(desk, headers=reviewer).status_code == 200
    stranger = api.token(api.world.officer("handler", "ROADS", "7.2"))
    assert api.get(desk, headers=stranger).status_code == 404


def test_a_photo_that_cannot_be_unpacked_is_marked_and_never_shown(api):
    receipt = api.send()
    added = add_photo(api, receipt, photo()[:3000])
    api.outbox.run_jobs()
    assert [m.state for m in api.world.rows(Media)] == ["broken"]
    headers = {"x-report-secret": receipt["secret"]}
    url = added["url"].removeprefix("/api/v1/complaints")
    assert api.get(url, headers=headers).status_code == 404


def test_the_reporter_is_told_once_in_their_language(api):
    headers = {"accept-language": "id"}
    body = {
        "category": "road.light",
        "description": "Lampu mati.",
        "area_code": "7.1",
        "contact": {"email": "someone@example.org"},
    }
    receipt = api.post("/reports", body, headers=headers).json()
    assert receipt["reachable"] is True
    api.outbox.run_jobs()
    assert api.outbox.ran["complaints.notice"] == api.outbox.ran["core.deliver"] == 1
    (message,) = api.outbox.messages
    assert message.target == "someone@example.org"
    assert receipt["id"] in message.subject
    text = message.text
    assert "Lampu jalan" in text
    assert "Kec. North" in text
    assert "Desember 2026" in text or "20" in text
    secret = re.findall(r"https://isle\.example/complaints/s/(\S+)", text)[0]
    path = f"/reports/{receipt['id']}"
    assert api.get(path, headers={"x-report-secret": secret}).status_code == 200
    assert secret != receipt["secret"]
    assert api.outbox.run_jobs() == 0


def test_a_job_that_runs_twice_tells_once(api):
    api.send(contact={"email": "someone@example.org"})
    api.outbox.run_jobs()

    def again(session):
        for row in session.scalars(select(JobRow)):
            row.state = "waiting"

    api.world.db.write_now(again)
    api.outbox.run_jobs()
    assert len(api.outbox.messages) == 1
    assert len(api.world.rows(SecretRow)) == 2


def test_who_left_no_address_is_told_nothing(api):
    api.send(contact={"phone": "0812 3456 7890"})
    api.outbox.run_jobs()
    assert api.outbox.ran["core.deliver"] == 0
    assert api.outbox.messages == []


def test_a_lost_link_comes_by_mail(api):
    receipt = api.send(contact={"email": "someone@example.org"})
    api.outbox.run_jobs()
    api.post("/lost", {"id": receipt["id"], "email": "someone@example.org"})
    api.outbox.run_jobs()
    _, message = api.outbox.messages
    secret = re.findall(r"/complaints/s/(\S+)", message.text)[0]
    assert message.target == "someone@example.org"
    path = f"/reports/{receipt['id']}"
    assert api.get(path, headers={"x-report-secret": secret}).status_code == 200


def test_a_hand_over_goes_out_as_a_letter(api):
    receipt = api.send()
    desk = api.token(api.world.officer("desk"))
    path = f"/desk/reports/{receipt['id']}"
    seen = api.get(path, headers=desk)
    body = {"body": "HIGHWAYS", "channel": "email", "email": "office@example.org"}
    tag = {"if-match": seen.headers["etag"]}
    assert api.post(f"{path}/hand_over", body, headers={**desk, **tag}).status_code == 200
    letter = api.get(f"{path}/letter", headers=desk).json()
    api.outbox.run_jobs()
    (sent,) = [m for m in api.outbox.messages if m.target == "office@example.org"]
    assert receipt["id"] in sent.subject + sent.text
    assert letter["body"].splitlines()[0] in sent.text
    assert api.world.rows(Handover)[0].sent_at is not None


def test_drafts_of_yesterday_go_with_their_files(api):
    from civicapp_complaints.models import Draft
    from civicapp_complaints.service.drafts import load_draft, start_draft
    from civicapp_complaints.service.photos import add_to_draft, file_name, inspect_photo

    world, files = api.world, api.backing.files
    now = datetime.datetime.now(datetime.UTC)
    site = world.site
    long_ago = now - datetime.timedelta(hours=30)
    secret = world.write(start_draft, {"category": "road.light"}, long_ago)
    id, _ = world.read(load_draft, secret, long_ago)
    upload = inspect_photo(photo(), site.config)
    files.put_now(file_name(upload.id), photo())
    world.write(add_to_draft, id, upload, long_ago)
    world.write(start_draft, {"category": "road.sign"}, now)
    world.db.write_now(lambda s: api.backing.queue.enqueue(s, "complaints.forget_drafts", "now"))
    api.outbox.run_jobs()
    assert len(world.rows(Draft)) == 1
    assert world.rows(Media) == []
    with pytest.raises(FileMissing):
        files.get_now(file_name(upload.id))


def test_reports_move_to_an_agency_that_has_an_officer_now(api):
    receipt = api.send()
    world = api.world
    number = receipt["id"].replace("ISL-", "").replace("-", "")
    assert world.report(number).queue == "DESK"
    world.officer("handler", "ROADS", "7.1")
    world.db.write_now(lambda s: api.backing.queue.enqueue(s, "complaints.move_queues", "now"))
    api.outbox.run_jobs()
    assert world.report(number).queue == "ROADS"
