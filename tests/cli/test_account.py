"""`civicapp account`: the first administrator, links and tokens, help when nobody can sign in."""

import json
import re

import pytest

ROLES = """\
handler:
  name: {en: Handler}
  grants: [core.audit.read]
  rows: own_agency
admin:
  name: {en: Administrator}
  grants: [core.*]
  rows: all
  sees_identity: true
"""
AGENCIES = "code,name\nHARBOUR,Harbour Office\n"
ADMIN = ("--email", "boss@office.example", "--name", "The Boss", "--role", "admin")


@pytest.fixture
def isle(world):
    world.pack()
    world.write("regions/isle/organisation/roles.yaml", ROLES)
    world.write("regions/isle/organisation/agencies.csv", AGENCIES)
    return world


def test_the_first_administrator_gets_a_link(isle, run):
    done = run("account", "create", "isle", *ADMIN)
    assert done.code == 0, done.err
    assert re.search(r"http://127\.0\.0\.1:8000/account/invitation/[\w-]{43}\n", done.out)
    assert "CIVICAPP_BASE_URL" in done.err
    (row,) = json.loads(run("account", "list", "isle", "--format", "json").out)
    assert row == {
        "email": "boss@office.example",
        "name": "The Boss",
        "roles": ["admin"],
        "state": "invited",
        "second_factor": False,
    }


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (ADMIN, "--email: There is an account with this address already."),
        ((*ADMIN[:1], "boss", *ADMIN[2:]), "--email: Write an e-mail address"),
        (("--email", "a@b.example", "--name", "A B", "--role", "x"), "There are handler, admin."),
        (("--email", "a@b.example", "--name", "A B", "--role", "handler"), "--agency: "),
    ],
)
def test_what_is_wrong_is_said_by_option_and_nothing_is_made(isle, run, given, said):
    run("account", "create", "isle", *ADMIN)
    done = run("account", "create", "isle", *given)
    assert done.code == 2
    assert said in done.err
    assert len(json.loads(run("account", "list", "isle", "--format", "json").out)) == 1


def test_an_account_is_closed_opened_and_gets_a_new_link(isle, run):
    run("account", "create", "isle", *ADMIN)
    other = ("--email", "two@office.example", "--name", "Number Two", "--role", "handler")
    assert run("account", "create", "isle", *other, "--agency", "HARBOUR").code == 0
    assert run("account", "disable", "isle", "TWO@office.example").code == 0
    assert "disabled" in run("account", "list", "isle").out
    refused = run("account", "reset", "isle", "two@office.example")
    assert (refused.code, refused.err.count("disabled")) == (2, 1)
    assert run("account", "enable", "isle", "two@office.example").code == 0
    assert "/account/reset/" in run("account", "reset", "isle", "two@office.example").out
    token = run("account", "token", "isle", "two@office.example", "--name", "export")
    assert re.fullmatch(r"civicapp_[\w-]{43}\n", token.out)
    assert run("account", "reset", "isle", "nobody@office.example").code == 2
