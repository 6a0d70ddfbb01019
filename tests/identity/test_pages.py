"""The officers' pages, as a browser without script sees them."""

import html
import logging
import re

import pyotp
import pytest

from civicapp.identity.accounts import Wish

HANDLER, ADMIN, DESK = Wish("handler", "WATER", "7.1"), Wish("admin"), Wish("desk", None, "7.1")
PASSWORD = "kuda batu merah jambu"
PRIVATE = {"cache-control": "no-store", "referrer-policy": "no-referrer"}


TOKEN = r'name="form_token" value="(\w+)"'


def first(pattern, text):
    """Return the first group of the first match."""
    found = re.search(pattern, text)
    assert found is not None, pattern
    return found[1]


def is_private(answer):
    return {k: answer.headers.get(k) for k in PRIVATE} == PRIVATE


def secret_of(page):
    return html.unescape(first(r'class="secret">([^<]+)<', page)).replace(" ", "")


# Signing in


def test_a_guest_is_led_to_the_sign_in_and_back(browser, officer):
    officer("one", HANDLER)
    answer = browser.get("/desk/probe/queue?page=2")
    assert answer.url.path == "/account/sign-in"
    assert is_private(answer)
    answer = browser.send("/account/sign-in", email="one@office.example", password=PASSWORD)
    assert (answer.url.path, answer.url.query) == ("/desk/probe/queue", b"page=2")
    assert answer.json() == {"name": "Officer one", "by": "session"}
    cookie = answer.history[0].headers["set-cookie"]
    assert cookie.startswith("__Host-session=")
    assert all(part in cookie for part in ("HttpOnly", "SameSite=lax", "Secure", "Path=/"))
    assert "Domain" not in cookie


def test_without_https_the_cookie_has_its_plain_name(make_browser, officer):
    officer("one", HANDLER)
    answer = make_browser("http://testserver").sign_in("one")
    assert answer.history[0].headers["set-cookie"].startswith("session=")
    assert "Secure" not in answer.history[0].headers["set-cookie"]


@pytest.mark.parametrize("name", ["one", "nobody"])
def test_a_wrong_password_keeps_the_address_and_says_no_more(browser, officer, name):
    officer("one", HANDLER)
    answer = browser.sign_in(name, "not the password")
    assert answer.status_code == 422
    assert "The e-mail address or the password does not match." in answer.text
    assert f'value="{name}@office.example"' in answer.text
    assert "not the password" not in answer.text
    assert "<title>Error: Sign in" in answer.text
    assert "session" not in answer.headers.get("set-cookie", "").replace("__Host-form", "")


def test_too_many_tries_are_told_how_long_to_wait(browser, officer, monkeypatch):
    async def no_sleep(_):
        return None

    monkeypatch.setattr("civicapp.web.officers.entry.asyncio.sleep", no_sleep)
    officer("one", HANDLER)
    for _ in range(5):
        assert browser.sign_in("one", "not the password").status_code == 422
    answer = browser.sign_in("one")
    assert answer.status_code == 429
    assert "Wait 1 minute" in answer.text
    assert 0 < int(answer.headers["retry-after"]) <= 60
    assert 'action="/account/sign-in"' in answer.text, "the form stays"


@pytest.mark.parametrize(
    "next", ["https://evil.example/", "//evil.example", "/\\evil.example", "/account/sign-in"]
)
def test_signing_in_leads_to_no_other_site(browser, officer, next):
    officer("one", HANDLER)
    browser.get("/account/sign-in")
    answer = browser.send(
        "/account/sign-in", follow=False, email="one@office.example", password=PASSWORD, next=next
    )
    assert answer.headers["location"] == "/desk"


def test_signing_out_ends_the_session(browser, officer):
    officer("one", HANDLER)
    browser.sign_in("one")
    kept = browser.client.cookies["__Host-session"]
    answer = browser.send("/account/sign-out")
    assert "You are signed out." in answer.text
    browser.client.cookies.set("__Host-session", kept, domain="testserver.local")
    assert browser.get("/desk").url.path == "/account/sign-in"


def test_a_signed_in_person_is_kept_by_no_cache(browser, officer):
    officer("one", HANDLER)
    assert browser.get("/about").headers["cache-control"] != "no-store"
    browser.sign_in("one")
    for path in ("/", "/about", "/account", "/desk", "/nowhere"):
        assert browser.get(path).headers["cache-control"] == "no-store", path
    assert (
        "immutable"
        in browser.get(first(r'href="(/static/portal[^"]+)"', browser.get("/").text)).headers[
            "cache-control"
        ]
    )


def test_each_sign_in_has_a_new_id_and_ends_the_one_before(browser, officer):
    officer("one", HANDLER)
    browser.sign_in("one")
    old = browser.client.cookies["__Host-session"]
    page = browser.get("/account")
    assert "this device" in page.text
    del browser.client.cookies["__Host-session"]
    browser.sign_in("one")
    assert browser.client.cookies["__Host-session"] != old
    browser.get("/account")
    ends = re.findall(r'action="(/account/sessions/\w+/end)"', browser.page)
    assert len(ends) == 1, "the other one"
    assert "The session has ended." in browser.send(ends[0]).text
    browser.client.cookies.clear()
    answer = browser.get("/desk", headers={"cookie": f"__Host-session={old}"})
    assert answer.url.path == "/account/sign-in"


# Forms


def test_a_form_from_another_site_or_without_its_token_is_refused(browser, officer):
    officer("one", HANDLER)
    browser.sign_in("one")
    post = browser.client.post
    for headers in (
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "same-origin"},
        {},
    ):
        answer = post("/desk/probe/accept", headers=headers)
        assert answer.status_code == 403, headers
    assert post("/desk/probe/accept", data={"form_token": "0" * 64}).status_code == 403
    token = first(TOKEN, browser.page)
    assert post("/desk/probe/accept", data={"form_token": token}).json() == {"accepted": True}
    assert post("/desk/probe/accept", headers={"x-form-token": token}).status_code == 200
    assert post("/account/sign-out", follow_redirects=False).status_code == 403


def test_a_token_of_one_session_does_not_serve_another(browser, officer):
    officer("one", HANDLER)
    browser.sign_in("one")
    token = first(TOKEN, browser.page)
    browser.client.cookies.clear()
    browser.sign_in("one")
    data = {"form_token": token}
    assert browser.client.post("/desk/probe/accept", data=data).status_code == 403


def test_a_guests_form_needs_a_token_when_the_browser_does_not_say_where_it_is(browser, officer):
    officer("one", HANDLER)
    data = {"email": "one@office.example", "password": PASSWORD}
    post = browser.client.post
    assert post("/account/sign-in", data=data).status_code == 403
    browser.get("/account/sign-in")
    token = first(TOKEN, browser.page)
    cookie = browser.answer.headers["set-cookie"]
    assert "Max-Age=1800" in cookie
    assert post("/account/sign-in", data=data).status_code == 403
    answer = post("/account/sign-in", data={**data, "form_token": token}, follow_redirects=False)
    assert answer.status_code == 303


# Links, second factor, tokens


def invite(browser, **fields):
    browser.get("/admin/accounts/new")
    answer = browser.send("/admin/accounts/new", **fields)
    assert "Hand this link over" in answer.text, answer.text
    return secret_of(answer.text)


def admin(browser, officer):
    """Sign an administrator in, with a second factor; return its secret."""
    officer("boss", ADMIN)
    answer = browser.sign_in("boss")
    assert answer.url.path == "/account/second-factor"
    secret = secret_of(answer.text)
    answer = browser.send("/account/second-factor", code=pyotp.TOTP(secret).now())
    assert answer.text.count("<li><code>") == 10
    return secret


def test_an_invited_officer_sets_a_password_and_signs_in(
    browser, officer, make_browser, caplog, monkeypatch
):
    admin(browser, officer)
    link = invite(
        browser, email="new@office.example", name="New Officer", role="handler",
        agency="WATER", area="North",
    )  # fmt: skip
    assert link.startswith("https://testserver/account/invitation/")
    monkeypatch.setattr(logging.getLogger("httpx2"), "disabled", True)  # the client's own
    with caplog.at_level(logging.INFO):
        guest = make_browser()
        opened = guest.client.get(link, follow_redirects=False)
        assert opened.status_code == 303
        assert is_private(opened)
        assert opened.headers["location"] == "/account/invitation"
        guest.client.head(link)
        page = guest.get("/account/invitation")
        assert "New Officer" in page.text
        assert is_private(page)
        for bad in ("kecil12", "password1234"):
            guest.get("/account/invitation")
            answer = guest.send("/account/invitation", password=bad, again=bad)
            assert answer.status_code == 422
            assert bad not in answer.text
        answer = guest.send("/account/invitation", password="a b c d e f g", again="other")
        assert "The two passwords differ." in answer.text
        word = "sepeda biru di hujan"
        answer = guest.send("/account/invitation", password=word, again=word)
        assert "The password is set." in answer.text
        assert guest.get(link).status_code == 404, "it works once"
        assert guest.sign_in("new", word).url.path == "/desk"
    secret = link.rpartition("/")[2]
    assert secret not in caplog.text
    assert "/account/invitation/…" in caplog.text
    assert word not in caplog.text


def test_a_link_that_is_wrong_is_a_page_that_says_what_to_do(browser):
    answer = browser.get("/account/reset/" + "x" * 43)
    assert answer.status_code == 404
    assert "Ask for a new one." in answer.text
    assert "xxx" not in answer.text


def test_a_code_is_asked_at_the_next_sign_in_and_taken_once(browser, officer, now):
    secret = admin(browser, officer)
    browser.get("/desk")
    browser.send("/account/sign-out")
    answer = browser.sign_in("boss", path="/account/sign-in?next=/admin/accounts")
    assert answer.url.path == "/account/code"
    assert browser.get("/admin/accounts").url.path == "/account/code", "nothing is open before"
    answer = browser.send("/account/code", code=pyotp.TOTP(secret).now())
    assert answer.status_code == 422, "the code of the set-up"
    later = pyotp.TOTP(secret).at(int(__import__("time").time()) + 30)
    answer = browser.send("/account/code", code=later)
    assert answer.url.path == "/admin/accounts"


def test_a_recovery_code_signs_in(browser, officer):
    admin(browser, officer)
    code = first(r"<li><code>([\w-]+)</code>", browser.page)
    browser.get("/account")
    assert "10 recovery codes are left." in browser.page
    browser.send("/account/sign-out")
    browser.sign_in("boss")
    assert browser.send("/account/code", code=code.lower()).url.path == "/desk"
    assert "9 recovery codes are left." in browser.get("/account").text


def test_the_password_is_asked_again_before_something_grave(browser, officer):
    officer("one", HANDLER)
    browser.sign_in("one")
    word = "sepeda biru di hujan"
    for action, fields in {
        "/account/password": {"password": word, "again": word},
        "/account/tokens": {"name": "script", "days": "30"},
    }.items():
        browser.get("/account")
        answer = browser.send(action, present="not the password", **fields)
        assert answer.status_code == 422, action
        assert "This is not your present password." in answer.text
    browser.get("/account/second-factor")
    answer = browser.send("/account/second-factor/begin", present="wrong")
    assert answer.status_code == 422
    assert "<svg" not in re.sub(r"<header.*?</header>", "", answer.text, flags=re.S)


def test_a_new_password_ends_the_other_sessions(browser, officer, make_browser):
    officer("one", HANDLER)
    other = make_browser()
    other.sign_in("one")
    browser.sign_in("one")
    browser.get("/account")
    word = "sepeda biru di hujan"
    browser.send("/account/password", present=PASSWORD, password=word, again=word)
    assert "The new password is set." in browser.page
    assert other.get("/desk").url.path == "/account/sign-in"
    assert other.sign_in("one", word).url.path == "/desk"


def test_a_token_opens_the_api_and_nothing_else_shows_it(browser, officer):
    officer("one", HANDLER)
    browser.sign_in("one")
    browser.get("/account")
    answer = browser.send("/account/tokens", present=PASSWORD, name="my script", days="30")
    token = secret_of(answer.text)
    assert is_private(answer)
    assert token not in browser.get("/account").text
    browser.client.cookies.clear()
    bearer = {"authorization": f"Bearer {token}"}
    api = browser.client.get("/api/v1/probe/desk/queue", headers=bearer)
    assert api.json() == {"name": "Officer one", "by": "token"}
    assert api.headers["cache-control"] == "no-store"
    post = browser.client.post("/desk/probe/accept", headers=bearer)
    assert post.json() == {"accepted": True}, "a program needs no form's token"
    browser.sign_in("one")
    browser.get("/account")
    revoke = first(r'action="(/account/tokens/\w+/revoke)"', browser.page)
    browser.send(revoke)
    browser.client.cookies.clear()
    assert browser.client.get("/api/v1/probe/desk/queue", headers=bearer).status_code == 401


@pytest.mark.parametrize("header", [None, "Bearer x", "Bearer civicapp_" + "x" * 43, "Basic eDp5"])
def test_a_program_that_nobody_stands_behind_gets_401(browser, header):
    headers = {"authorization": header} if header else {}
    answer = browser.client.get("/api/v1/probe/desk/queue", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["title"] == "Sign in first"
    if header:
        desk = browser.client.get("/desk/probe/queue", headers={**headers, "accept": "*/*"})
        assert desk.status_code == 401
        assert desk.headers["content-type"] == "application/problem+json"


def test_who_lacks_the_permission_gets_403(browser, officer):
    officer("one", Wish("reader", None, "7.1"), demo=False)
    officer("two", Wish("level", None, "7.1"))
    browser.sign_in("two")
    assert browser.get("/desk/probe/queue").status_code == 200
    token = first(TOKEN, browser.get("/desk").text)
    answer = browser.client.post("/desk/probe/accept", data={"form_token": token})
    assert answer.status_code == 403
    assert browser.get("/admin/accounts").status_code == 403
    assert browser.get("/admin/audit").status_code == 403


def test_openapi_names_the_bearer_scheme(browser):
    described = browser.client.get("/openapi.json").json()
    operation = described["paths"]["/api/v1/probe/desk/queue"]["get"]
    assert operation["security"] == [{"HTTPBearer": []}]
    assert not any(path.startswith(("/desk", "/admin", "/account")) for path in described["paths"])


# Desk and accounts


def test_the_desk_shows_what_the_person_may_open_and_what_waits(browser, officer):
    officer("one", HANDLER)
    officer("two", Wish("level", None, "7.1"))
    browser.sign_in("one")
    assert "(12)" in browser.page
    assert "Other" in browser.page, "its count is broken, the entry stands"
    assert "/admin/accounts" not in browser.page
    browser.client.cookies.clear()
    browser.sign_in("two")
    assert "Queue" in browser.page
    assert "Other" not in browser.page


def test_accounts_are_managed_and_each_change_is_on_record(browser, officer):
    admin(browser, officer)
    id = officer("one", HANDLER)
    browser.get("/admin/accounts?q=officer one")
    assert f'href="/admin/accounts/{id}"' in browser.page
    assert "Water Works North" in browser.page or "Water Works" in browser.page
    path = f"/admin/accounts/{id}"
    browser.get(path)
    answer = browser.send(f"{path}/roles", role="desk", area="South")
    assert "The roles are changed." in answer.text
    assert "Desk" in answer.text
    answer = browser.send(f"{path}/roles", role="desk", agency="WATER", area="South")
    assert answer.status_code == 422
    assert "This role works for no single office." in answer.text
    link = secret_of(browser.send(f"{path}/link").text)
    assert "/account/reset/" in link
    browser.get(path)
    answer = browser.send(f"{path}/disable", reason="left the office")
    assert "The account is disabled." in answer.text
    assert browser.send(f"{path}/enable").status_code == 200
    browser.get(f"/admin/audit?subject=account:{id}")
    for words in ("Role given", "Reset link issued", "Account disabled", "left the office"):
        assert words in browser.page, words
    assert link.rpartition("/")[2] not in browser.page
    assert "Officer boss" in browser.page
    browser.get("/admin/audit?who=boss@office.example&action=core.account.disable&since=2020-01-01")
    assert browser.page.count("Account disabled") == 2, "a line and an option"
    assert "No line fits" in browser.get("/admin/audit?until=2020-01-01").text


def test_an_account_of_another_area_is_as_if_unknown(browser, officer):
    officer("local", Wish("local", None, "7.1"))
    far = officer("far", Wish("handler", "WATER", "7.2"))
    near = officer("near", HANDLER)
    both = officer("both", HANDLER, Wish("handler", "WATER", "7.2"))
    browser.sign_in("local")
    assert browser.get(f"/admin/accounts/{far}").status_code == 404
    page = browser.get(f"/admin/accounts/{near}")
    token = first(TOKEN, page.text)
    post = browser.client.post
    data = {"form_token": token, "reason": "x"}
    assert post(f"/admin/accounts/{far}/link", data=data).status_code == 404
    assert post(f"/admin/accounts/{both}/link", data=data).status_code == 403
    assert "You cannot change this account" in browser.get(f"/admin/accounts/{both}").text
    wide = {"form_token": token, "role": "desk", "area": "South"}
    answer = post(f"/admin/accounts/{near}/roles", data=wide)
    assert answer.status_code == 422
    assert "only within your own area" in answer.text
    top = {"form_token": token, "role": "admin"}
    assert post(f"/admin/accounts/{near}/roles", data=top).status_code == 422


def test_a_change_of_roles_gives_the_officers_session_a_new_id(browser, officer, make_browser):
    admin(browser, officer)
    id = officer("one", HANDLER)
    other = make_browser()
    other.sign_in("one")
    old = other.client.cookies["__Host-session"]
    browser.get(f"/admin/accounts/{id}")
    browser.send(f"/admin/accounts/{id}/roles", role="desk", area="South")
    token = first(TOKEN, other.page)
    answer = other.get("/account")
    assert "South" in answer.text
    assert other.client.cookies["__Host-session"] != old
    data = {"form_token": token}
    assert other.client.post("/desk/probe/accept", data=data).status_code == 200


def test_a_demo_account_signs_in_where_the_demonstration_runs_alone(officer, make_browser):
    officer("show", ADMIN, demo=True)
    for settings, path in (({"demo": True}, "/desk"), ({}, "/account/sign-in")):
        assert make_browser(**settings).sign_in("show").url.path == path


def test_pages_are_in_the_language_of_their_reader(browser, officer):
    officer("one", HANDLER)
    browser.client.headers["accept-language"] = "id"
    assert "<h1>Masuk</h1>" in browser.get("/account/sign-in").text
    browser.sign_in("one", "wrong password here")
    assert "E-mail atau kata sandi tidak cocok." in browser.page
    assert 'lang="id"' in browser.page


@pytest.mark.parametrize(
    "path",
    [
        "/account/invitation/%E2%98%83",
        "/account/invitation/a%3Bb%0D%0Ac",
        "/account/reset/" + "x" * 5000,
        "/account/sign-in?next=%00",
    ],
)
def test_an_odd_address_breaks_nothing(browser, path):
    assert browser.get(path).status_code in (200, 404)
    assert browser.get("/account/sign-in").status_code == 200


def test_what_nobody_can_see_breaks_nothing(browser, officer):
    admin(browser, officer)
    odd = "a%00b%E2%80%AE%F0%9F%A6%80%25_%5C'%22"
    for path in (
        f"/admin/accounts?q={odd}&after={odd}",
        f"/admin/audit?who={odd}&action={odd}&subject={odd}&since={odd}&until={odd}&before={odd}",
    ):
        assert browser.get(path).status_code == 200, path
    guest = {"email": "a\0b@office.example", "password": "\0\u202e" * 20}
    browser.client.cookies.clear()
    browser.get("/account/sign-in")
    assert browser.send("/account/sign-in", **guest).status_code == 422


def test_html_in_a_name_stays_text(browser, officer):
    admin(browser, officer)
    name = "<script>alert(1)</script>"
    browser.get("/admin/accounts/new")
    answer = browser.send(
        "/admin/accounts/new", email="x@office.example", name=name, role="desk", area="North"
    )
    assert "&lt;script&gt;" in answer.text
    assert "<script>alert" not in answer.text
    assert "<script>alert" not in browser.get("/admin/audit").text


def test_a_new_id_is_not_lost_to_another_cookie_of_the_same_answer(
    browser, officer, make_browser, database, region
):
    admin(browser, officer)
    id = officer("one", HANDLER)
    other = make_browser()
    other.sign_in("one")
    browser.get(f"/admin/accounts/{id}")
    browser.send(f"/admin/accounts/{id}/roles", role="desk", area="South")
    answer = other.client.get("/account/reset/" + "x" * 43, follow_redirects=False)
    names = {c.partition("=")[0] for c in answer.headers.get_list("set-cookie")}
    assert names == {"__Host-session", "__Host-ticket"}
