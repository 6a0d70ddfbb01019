"""The desk: each officer's own queues, what may be done there, and a place that is never lost."""

import re

import pytest


def first(pattern, text):
    """Return the first group of what is found."""
    found = re.search(pattern, text, re.DOTALL)
    assert found is not None, pattern
    return found[1]


ROOT = "/desk/complaints"


def version(page):
    """Return the version that a page's form carries."""
    return first(r'name="version" value="(\d+)"', page.text)


def numbers(page):
    """Return the numbers of the list."""
    return re.findall(r'data-number="(\w+)"', page.text)


def test_a_guest_is_led_to_the_sign_in(world, visitor):
    answer = visitor.get(f"{ROOT}?view=mine")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/account/sign-in?next=")


def test_an_account_without_permission_is_refused(world):
    assert world.officer("admin").get(ROOT).status_code == 403
    assert world.officer("handler").get(f"{ROOT}/review").status_code == 403


def test_views_have_counts_and_the_filter_stays_in_the_address(world, say):
    world.seed()
    first, second = world.submit(), world.submit(category="water.drain", answer=None)
    world.submit(category="civil.ktp", lat=None, lon=None, answer=None)
    officer = world.officer()
    page = officer.get(ROOT)
    assert sorted(numbers(page)) == sorted([first.number, second.number])
    assert re.search(r"Baru\s*<span>2</span>", page.text)
    page = officer.get(f"{ROOT}?category=water.drain&area=18.71")
    assert numbers(page) == [second.number]
    assert f'{ROOT}/{second.number}?category=water.drain&amp;area=18.71"' in page.text
    assert f'{ROOT}?view=mine&amp;category=water.drain&amp;area=18.71"' in page.text
    page = officer.get(f"{ROOT}?view=mine")
    assert "Belum ada yang Anda terima." in say(page)
    assert numbers(officer.get(f"{ROOT}?view=nonsense&after=nonsense")) != []


def test_a_number_opens_its_report(world, say):
    receipt = world.submit()
    officer = world.officer()
    answer = officer.get(f"{ROOT}?view=mine&number={receipt.shown.lower()}")
    assert answer.headers["location"] == f"{ROOT}/{receipt.number}?view=mine"
    assert "Ini bukan nomor laporan." in say(officer.get(f"{ROOT}?number=zzz"))


def test_reports_of_others_do_not_exist(world):
    elsewhere = world.submit(lat=-5.11, lon=105.3)
    officer = world.officer()
    pages = [officer.get(f"{ROOT}/{n}") for n in (elsewhere.number, "7K3Q9XW2W")]
    assert [p.status_code for p in pages] == [404, 404]
    assert officer.post(f"{ROOT}/{elsewhere.number}/do/accept").status_code == 404


def test_accepting_keeps_place_and_filter(world, say):
    world.seed()
    receipts = [world.submit() for _ in range(3)]
    officer = world.officer()
    page = officer.get(ROOT)
    order = numbers(page)
    middle = order[1]
    page = officer.get(f"{ROOT}/{middle}?area=18.71")
    assert 'rel="next">Berikutnya' in page.text
    answer = officer.post(f"{ROOT}/{middle}/do/accept?area=18.71", {"version": version(page)})
    assert answer.headers["location"] == f"{ROOT}/{middle}?area=18.71&done=accept"
    page = officer.follow(answer)
    assert "Sudah diterima." in say(page)
    assert numbers(page) == [order[0], order[2]]
    # The walk goes on where the report was.
    assert f'href="{ROOT}/{order[2]}?area=18.71" rel="next"' in page.text
    assert f'href="{ROOT}/{order[0]}?area=18.71" rel="prev"' in page.text
    assert {r.number for r in receipts} == set(order)


def test_a_form_without_the_token_is_refused(world):
    receipt = world.submit()
    officer = world.officer()
    officer.token = ""
    answer = officer.post(f"{ROOT}/{receipt.number}/do/accept", {"version": "2"})
    assert answer.status_code == 403
    assert world.report(receipt.number).state == "routed"


def test_who_comes_second_is_told_and_keeps_the_text(world, say):
    receipt = world.submit()
    officer = world.officer()
    page = officer.get(f"{ROOT}/{receipt.number}")
    old = version(page)
    world.act("handler", receipt, "accept")
    answer = officer.post(f"{ROOT}/{receipt.number}/reply", {"version": old, "text": "Tim jalan"})
    assert answer.status_code == 412
    assert "Petugas lain baru saja mengubah laporan ini." in say(answer)
    assert "Tim jalan</textarea>" in answer.text
    answer = officer.post(f"{ROOT}/{receipt.number}/do/accept", {"version": old})
    assert answer.status_code == 412


def test_a_reply_is_for_the_reporter_and_a_note_for_officers(world, say):
    receipt = world.submit()
    world.act("handler", receipt, "accept")
    officer = world.officer()
    path = f"{ROOT}/{receipt.number}"
    page = officer.get(path)
    empty = officer.post(f"{path}/reply", {"version": version(page), "text": ""})
    assert empty.status_code == 422
    for to, text in (("reporter", "Tim datang besok."), ("officers", "Aspal habis.")):
        page = officer.get(path)
        given = {"version": version(page), "text": text, "to": to}
        page = officer.follow(officer.post(f"{path}/reply", given))
    assert "Catatan internal. Aspal habis." in say(page)
    reporter = world.visitor()
    seen = say(reporter.follow(reporter.get(f"/complaints/s/{receipt.secret}")))
    assert "Tim datang besok." in seen
    assert "Aspal habis." not in seen


def test_done_asks_for_a_note_and_takes_a_photo(world, say, picture):
    receipt = world.submit()
    world.act("handler", receipt, "accept")
    officer = world.officer()
    path = f"{ROOT}/{receipt.number}/do/resolve"
    page = officer.get(path)
    given = {"version": version(page), "note": "Beres."}
    short = officer.post(path, given)
    assert short.status_code == 422
    assert "Tulis paling sedikit 20 huruf." in say(short)
    assert "Beres.</textarea>" in short.text
    wrong = officer.post(path, given, files=[("gallery", ("x.pdf", b"%PDF", "text/plain"))])
    assert "x.pdf bukan foto." in say(wrong)
    given["note"] = "Lubang sudah ditambal dan dipadatkan."
    files = [("camera", ("a.jpg", picture(), "image/jpeg"))]
    assert officer.post(path, given, files=files).status_code == 303
    assert world.report(receipt.number).state == "resolved"


def test_a_question_a_date_and_another_office(world, say):
    receipt = world.submit()
    world.act("handler", receipt, "accept")
    officer = world.officer()
    path = f"{ROOT}/{receipt.number}"
    page = officer.get(f"{path}/do/schedule")
    given = {"version": version(page), "promised_on": "besok", "reason": "Menunggu aspal"}
    bad = officer.post(f"{path}/do/schedule", given)
    assert bad.status_code == 422
    given["promised_on"] = "2027-01-15"
    page = officer.follow(officer.post(f"{path}/do/schedule", given))
    assert "Dijadwalkan" in say(page)
    head = world.officer("supervisor")
    page = head.get(f"{path}/do/reassign")
    suggested = first(r'<select id="agency".*?<option value="(\w+)" selected', page.text)
    assert suggested == "P_PUPR"  # the suggestion of the route
    given = {"version": version(page), "agency": "P_PUPR", "reason": "Ini jalan provinsi"}
    assert head.post(f"{path}/do/reassign", given).status_code == 303
    assert world.report(receipt.number).agency == "P_PUPR"
    # It is no longer this officer's.
    assert officer.get(path).status_code == 404


def test_a_hand_over_by_letter_leads_to_the_sheet(world, say):
    receipt = world.submit()
    head = world.officer("supervisor")
    path = f"{ROOT}/{receipt.number}"
    page = head.get(f"{path}/do/hand_over")
    given = {"version": version(page), "body": "N_BPJN", "channel": "email", "email": "x"}
    bad = head.post(f"{path}/do/hand_over", given)
    assert bad.status_code == 422
    assert 'value="N_BPJN" selected' in bad.text
    given["channel"] = "letter"
    answer = head.post(f"{path}/do/hand_over", given)
    assert answer.headers["location"] == f"{path}/letter"
    page = head.follow(answer)
    assert receipt.shown in page.text
    assert "Sudah dua minggu" in say(page)


def test_a_review_publishes_and_goes_to_the_next(world, say):
    world.seed()
    one, two = (
        world.submit(visibility="public", description=f"Hubungi 0812-3456-789{n} segera ya")
        for n in range(2)
    )
    officer = world.officer("reviewer")
    page = officer.get(f"{ROOT}?view=review")
    assert numbers(page) == [one.number, two.number]
    assert 'type="checkbox" name="report"' not in page.text
    path = f"{ROOT}/{one.number}/review"
    page = officer.get(f"{path}?view=review")
    assert "0812-3456-7890" in say(page)
    shown = first(r"<textarea[^>]*>([^<]*)</textarea>", page.text)
    assert "0812" not in shown
    assert "Disamarkan: nomor telepon." in say(page)
    refused = officer.post(f"{path}?view=review", {"version": version(page), "decision": "refuse"})
    assert refused.status_code == 422
    given = {"version": version(page), "decision": "publish", "text": "Lubang di jalan utama"}
    answer = officer.post(f"{path}?view=review", given)
    assert answer.headers["location"].startswith(f"{ROOT}/{two.number}/review?view=review")
    page = officer.follow(answer)
    given = {
        "version": version(page), "decision": "refuse", "text": "", "reason": "Ada nama orang",
    }  # fmt: skip
    page = officer.follow(officer.post(f"{ROOT}/{two.number}/review?view=review", given))
    assert "Tidak ada yang perlu ditinjau." in say(page)
    guest = world.visitor()
    assert guest.get(f"/complaints/{one.number}").status_code == 200
    assert guest.get(f"/complaints/{two.number}").status_code == 404


def test_many_are_accepted_after_a_preview(world, say):
    world.seed()
    receipts = [world.submit() for _ in range(4)]
    world.act("handler", receipts[0], "accept")
    officer = world.officer()
    ticked = [r.number for r in receipts]
    page = officer.post(f"{ROOT}/bulk?area=18.71", {"report": ticked, "action": "accept"})
    assert "Terima: 3 laporan" in say(page)
    assert "1 tetap seperti semula" in say(page)
    sent = re.findall(r'name="report" value="(\w+:\d+)"', page.text)
    assert len(sent) == 3
    # One of them changes between preview and deed.
    world.act("handler", receipts[1], "accept")
    answer = officer.post(f"{ROOT}/bulk/do?area=18.71", {"report": sent, "action": "accept"})
    assert answer.headers["location"] == f"{ROOT}?area=18.71&done=bulk-accept&n=2"
    assert "2 laporan sudah diproses." in say(officer.follow(answer))
    assert {world.report(n).state for n in ticked} == {"in_progress"}
    assert officer.post(f"{ROOT}/bulk", {"action": "reject"}).status_code == 303


@pytest.mark.parametrize("role", ["desk", "supervisor"])
def test_contact_is_opened_with_a_reason(world, say, role):
    receipt = world.submit(phone="0812 3456 7890")
    officer = world.officer(role)
    path = f"{ROOT}/{receipt.number}"
    page = officer.get(path)
    assert "6281234567890" not in page.text
    assert "mengisi:" in say(page)
    assert officer.post(f"{path}/contact", {"reason": ""}).status_code == 422
    page = officer.post(f"{path}/contact", {"reason": "Menanyakan letak"})
    assert "+6281234567890" in say(page)
    assert page.headers["cache-control"] == "no-store"
    assert "6281234567890" not in officer.get(path).text


def test_the_start_page_leads_to_the_queues(world, say):
    world.submit()
    page = world.officer("reviewer").get("/desk")
    assert f'href="{ROOT}"' in page.text
    assert f'href="{ROOT}/review"' in page.text


def test_the_addresses_of_forms_lead_back(world):
    receipt = world.submit()
    officer = world.officer()
    for path, target in (
        ("/bulk?view=mine", "?view=mine"),
        ("/bulk/do", ""),
        (f"/{receipt.number}/reply?view=mine", f"/{receipt.number}?view=mine"),
        (f"/{receipt.number}/contact", f"/{receipt.number}"),
    ):
        assert officer.get(ROOT + path).headers["location"] == ROOT + target


def test_every_action_has_a_heading_and_a_button(world):
    from civicapp_complaints.desk.fields import HEADS
    from civicapp_complaints.desk.report import AT_ONCE, ORDER, SHORT
    from civicapp_complaints.domain.states import EDGES, Actor

    officers = {Actor.DESK, Actor.HANDLER, Actor.VERIFIER, Actor.SUPERVISOR}
    actions = {e.action.value for e in EDGES if e.who & officers and e.source is not None}
    assert actions == set(ORDER) == set(SHORT)
    assert actions - AT_ONCE == set(HEADS)
