"""A reporter's own report: opened by the link, acted upon, left; found again by its number."""

import re

import pytest
from civicapp_complaints.models import SecretRow
from sqlalchemy import select


def first(pattern, text):
    """Return the first group of what is found."""
    found = re.search(pattern, text, re.DOTALL)
    assert found is not None, pattern
    return found[1]


def opened(world, receipt, language="id"):
    """Return a visitor who has come by the secret link, and the address of the report."""
    visitor = world.visitor(language)
    answer = visitor.get(f"/complaints/s/{receipt.secret}")
    assert answer.status_code == 303
    return visitor, answer.headers["location"]


def test_a_link_sets_a_cookie_for_its_report_and_hides_itself(world):
    receipt = world.submit()
    visitor = world.visitor()
    answer = visitor.get(f"/complaints/s/{receipt.secret}")
    assert answer.headers["location"] == f"/complaints/mine/{receipt.number}"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert f"Path=/complaints/mine/{receipt.number};" in answer.headers["set-cookie"]
    page = visitor.follow(answer)
    assert page.headers["cache-control"] == "no-store"
    assert receipt.shown in page.text
    # Another report's cookie opens nothing.
    other = world.submit()
    visitor.client.cookies.set("report", receipt.secret, path=f"/complaints/mine/{other.number}")
    assert visitor.get(f"/complaints/mine/{other.number}").status_code == 404


def test_a_wrong_secret_is_like_an_unknown_report(world, visitor):
    receipt = world.submit()
    answers = [
        visitor.get("/complaints/s/AAAAAAAAAAAAAAAAAAAAAA"),
        visitor.get(f"/complaints/{receipt.number}"),
        visitor.get("/complaints/7K3Q9XW2W"),
        visitor.get("/complaints/no-number"),
    ]
    assert [a.status_code for a in answers] == [404] * 4
    plain = {
        re.sub(r"<code>\w+</code>|next=[^\"&]*|value=\"/[^\"]*\"", "", a.text) for a in answers
    }
    assert len(plain) == 1
    page = visitor.get(f"/complaints/mine/{receipt.number}")
    unknown = visitor.get("/complaints/mine/7K3Q9XW2W")
    assert (page.status_code, unknown.status_code) == (404, 404)
    drop = re.compile(r"value=\"/[^\"]*\"|next=[^\"]*")
    assert drop.sub("", page.text) == drop.sub("", unknown.text)


def test_the_page_says_where_it_stands_and_what_comes_next(world, say):
    receipt = world.submit(email="warga@example.org")
    visitor, path = opened(world, receipt)
    words = say(visitor.get(path))
    assert "Diterima" in words
    assert "Dinas PUPR Kota Bandar Lampung" in words
    assert "Selesai, lalu Anda yang menilai" in words
    assert re.search(r"paling lambat \d+ \w+ \d{4}", words)
    world.act("handler", receipt, "accept")
    assert "Dikerjakan" in say(visitor.get(path))


def test_a_question_is_answered_and_an_old_page_loses_no_text(world, say):
    receipt = world.submit()
    world.act("handler", receipt, "accept")
    world.act("handler", receipt, "ask", question="Di sebelah mana tepatnya?")
    visitor, path = opened(world, receipt)
    page = visitor.get(path)
    assert "Di sebelah mana tepatnya?" in say(page)
    version = first(r'name="version" value="(\d+)"', page.text)
    empty = visitor.post(f"{path}/do/answer", {"version": version, "text": ""})
    assert empty.status_code == 422
    assert 'href="#answer"' in empty.text
    old = visitor.post(f"{path}/do/answer", {"version": "1", "text": "Depan toko roti"})
    assert old.status_code == 412
    assert "Depan toko roti</textarea>" in old.text
    done = visitor.post(f"{path}/do/answer", {"version": version, "text": "Depan toko roti"})
    assert "Jawaban Anda sudah terkirim." in say(visitor.follow(done))
    again = visitor.post(f"{path}/do/answer", {"text": "Sekali lagi"})
    assert again.status_code == 409


def test_a_photo_alone_is_an_answer(world, picture):
    receipt = world.submit()
    world.act("handler", receipt, "accept")
    world.act("handler", receipt, "ask", question="Bisa kirim foto?")
    visitor, path = opened(world, receipt)
    files = [("camera", ("a.jpg", picture(), "image/jpeg"))]
    done = visitor.post(f"{path}/do/answer", {"version": "1", "text": ""}, files=files)
    assert done.status_code == 303
    assert world.report(receipt.number).state == "in_progress"


@pytest.mark.parametrize(("action", "state"), [("confirm", "closed"), ("dispute", "in_progress")])
def test_done_is_confirmed_or_disputed(world, say, action, state):
    receipt = world.submit()
    world.act("handler", receipt, "accept")
    world.act("handler", receipt, "resolve", note="Lubang sudah ditambal hari ini.")
    visitor, path = opened(world, receipt)
    words = say(visitor.get(path))
    assert "Sudah beres?" in words
    assert "Lubang sudah ditambal hari ini." in words
    done = visitor.post(f"{path}/do/{action}", {"text": "Masih berlubang di tepi"})
    assert done.status_code == 303
    assert world.report(receipt.number).state == state


def test_a_report_is_withdrawn_and_its_visibility_changed(world, say):
    receipt = world.submit()
    visitor, path = opened(world, receipt)
    visitor.post(f"{path}/visibility", {"visibility": "public"})
    assert world.report(receipt.number).review_since is not None
    assert visitor.post(f"{path}/visibility", {"visibility": "all"}).status_code == 422
    done = visitor.post(f"{path}/do/withdraw", {"text": ""})
    assert "Laporan sudah dicabut." in say(visitor.follow(done))
    assert world.report(receipt.number).outcome == "withdrawn"
    assert visitor.post(f"{path}/do/fly", {}).status_code == 422


def test_photos_are_added_later(world, say, picture):
    receipt = world.submit()
    visitor, path = opened(world, receipt)
    assert visitor.post(f"{path}/photo", {}).status_code == 422
    files = [("gallery", ("a.png", picture(kind="PNG"), "image/png"))]
    page = visitor.follow(visitor.post(f"{path}/photo", files=files))
    assert "Foto sudah tersimpan." in say(page)
    assert "Foto sedang disiapkan." in say(page)


def test_leaving_forgets_the_report_on_this_phone(world, say):
    visitor, path = opened(world, world.submit())
    answer = visitor.post(f"{path}/leave")
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert f"Path={path}" in answer.headers["set-cookie"]
    visitor.client.cookies.delete("report")
    assert visitor.get(path).status_code == 404


def test_a_number_leads_to_the_report_or_to_help(world, visitor, say):
    receipt = world.submit(visibility="public")
    page = visitor.get("/complaints/track?number=abc")
    assert page.status_code == 422
    assert 'value="abc"' in page.text
    typed = receipt.shown.lower().replace("-", " ")
    answer = visitor.get("/complaints/track", params={"number": typed})
    page = visitor.follow(answer)
    assert page.status_code == 404
    assert "/complaints/lost" in page.text
    world.publish(receipt)
    answer = visitor.follow(visitor.get("/complaints/track", params={"number": typed}))
    assert answer.headers["location"] == f"/complaints/{receipt.number}"


def test_a_lost_link_is_sent_and_the_answer_is_always_the_same(world, visitor, say):
    receipt = world.submit(email="warga@example.org")
    words = set()
    for number, email in (
        (receipt.shown, "warga@example.org"),
        (receipt.shown, "orang@example.org"),
        ("7K3Q9XW2W", "warga@example.org"),
    ):
        page = visitor.follow(visitor.post("/complaints/lost", {"number": number, "email": email}))
        words.add(say(page))
    assert len(words) == 1
    assert "Kalau alamat ini pernah dipakai, kami kirim tautannya." in words.pop()
    secrets = world.db.read_now(lambda s: [r.origin for r in s.scalars(select(SecretRow))])
    assert sorted(secrets) == ["mail", "receipt"]
    page = visitor.post("/complaints/lost", {"number": "x", "email": "y"})
    assert page.status_code == 422
    assert page.text.count('aria-invalid="true"') == 2


def test_the_addresses_of_forms_lead_back(world):
    visitor, path = opened(world, world.submit())
    for part in ("do/answer", "visibility", "photo", "leave"):
        assert visitor.get(f"{path}/{part}").headers["location"] == path


def test_nothing_of_a_reporter_is_written_as_markup(world):
    receipt = world.submit(description="<script>alert(1)</script> dan <img src=x>")
    visitor, path = opened(world, receipt)
    assert "<script>alert" not in visitor.get(path).text
