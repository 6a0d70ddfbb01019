"""What everyone may see: only what its reporter chose and a reviewer approved."""

import re

from civicapp_complaints.models import Media


def first(pattern, text):
    """Return the first group of what is found."""
    found = re.search(pattern, text, re.DOTALL)
    assert found is not None, pattern
    return found[1]


def publish(world, n, **given):
    """Make public reports; the last is the newest."""
    made = []
    for k in range(n):
        receipt = world.submit(visibility="public", **given)
        world.publish(receipt, f"Lubang nomor {k}")
        made.append(receipt)
    return made


def test_only_what_was_approved_is_listed(world, visitor, say):
    page = visitor.get("/complaints")
    assert "Belum ada laporan umum di sini." in say(page)
    shown, waiting, private = (
        world.submit(visibility="public"),
        world.submit(visibility="public"),
        world.submit(),
    )
    world.publish(shown, "Lubang di depan pasar")
    page = visitor.get("/complaints")
    assert f"/complaints/{shown.number}" in page.text
    assert "Lubang di depan pasar" in say(page)
    for hidden in (waiting, private):
        assert hidden.number not in page.text
    page = visitor.get(f"/complaints/{shown.number}")
    assert page.status_code == 200
    assert "Lubang di depan pasar" in say(page)
    assert "Sudah dua minggu" not in say(page)  # what was written, not what was approved


def test_a_report_that_becomes_private_is_gone_at_once(world, visitor):
    (receipt,) = publish(world, 1)
    assert visitor.get(f"/complaints/{receipt.number}").status_code == 200
    reporter = world.visitor()
    path = reporter.get(f"/complaints/s/{receipt.secret}").headers["location"]
    reporter.post(f"{path}/visibility", {"visibility": "private"})
    assert visitor.get(f"/complaints/{receipt.number}").status_code == 404
    assert receipt.number not in visitor.get("/complaints").text


def test_the_list_is_filtered_and_paged(world, visitor, say):
    publish(world, 21)
    (lamp,) = publish(world, 1, category="road.light", answer=None)
    page = visitor.get("/complaints")
    assert page.text.count('class="report"') == 20
    more = first(r'href="(/complaints\?after=[^"]+)"', page.text)
    page = visitor.get(more)
    assert page.text.count('class="report"') == 2
    assert "Sudah semua." in say(page)
    page = visitor.get("/complaints?category=road.light&area=18.71&state=open")
    assert page.text.count('class="report"') == 1
    assert lamp.number in page.text
    assert "Laporan umum di Kota Bandar Lampung" in say(page)
    assert '<option value="18.71" selected' in page.text
    assert visitor.get("/complaints?area=18.72").text.count('class="report"') == 0
    # What is unknown counts as not given.
    for query in ("category=nothing", "area=99", "state=x", "after=x"):
        assert visitor.get(f"/complaints?{query}").text.count('class="report"') == 20


def test_the_map_has_the_numbers_of_the_list(world, visitor, say):
    publish(world, 3)
    page = visitor.get("/complaints/map?area=18.71.13")
    assert page.text.count('class="report"') == 3
    assert ">1+2</text>" in page.text  # three at one place
    assert 'role="img"' in page.text
    # Of what is no public property only the rough place is told.
    publish(world, 1, category="water.tap", answer=None)
    found = world.visitor().get("/complaints").text
    assert "105.19" not in found


def test_a_photo_is_public_only_when_it_was_approved(world, visitor):
    (receipt,) = publish(world, 1)
    id = world.report(receipt.number).id

    def add(session, review):
        session.add(
            Media(
                id=f"{review[:4]:0<32}", report=id, draft=None, seq=1, place=0, kind="before",
                state="ready", review=review, sha256="0" * 64, mime="image/jpeg", size=1,
                width=320, height=240, officer=None, created_at=receipt.created_at,
            )
        )  # fmt: skip

    for review in ("approved", "pending"):
        world.db.write_now(add, review)
        world.backing.files.put_now(f"complaints/{review[:4]:0<32}-small", b"webp")
    base = f"/complaints/{receipt.number}/photo"
    answer = visitor.get(f"{base}/{'appr':0<32}/small")
    assert (answer.status_code, answer.content) == (200, b"webp")
    assert answer.headers["content-type"] == "image/webp"
    assert visitor.get(f"{base}/{'pend':0<32}/small").status_code == 404
    assert visitor.get(f"{base}/{'appr':0<32}/original").status_code == 404


def test_home_and_area_lead_to_reports(world, visitor, say):
    page = visitor.get("/")
    for path in ("/complaints/new", "/complaints/track", "/complaints/map"):
        assert f'href="{path}"' in page.text
    page = visitor.get("/area/18.71")
    assert 'href="/complaints?area=18.71"' in page.text
    assert "Laporan di Kota Bandar Lampung" in say(page)


def test_public_pages_are_kept_until_something_changes(world):
    (receipt,) = publish(world, 1)
    guest = world.visitor()
    guest.client.cookies.clear()

    def status(path):
        return guest.get(path).headers.get("cache-status", "")

    for path in ("/complaints", f"/complaints/{receipt.number}", "/complaints/map?area=18.71"):
        assert "hit" not in status(path)
        assert "hit" in status(path)
    world.act("handler", receipt, "accept")
    for path in ("/complaints", f"/complaints/{receipt.number}", "/complaints/map?area=18.71"):
        assert "hit" not in status(path)
    assert "Dikerjakan" in guest.get(f"/complaints/{receipt.number}").text
