"""Roles of a pack and permissions of services: what is refused, and where it stands."""

from typing import Any

import pytest
from fastapi import APIRouter, Depends

from civicapp import DeskItem, Permission
from civicapp.identity.permissions import matches


def codes(found):
    return [p.code for p in found.problems if p.is_error]


@pytest.mark.parametrize(
    ("pattern", "permission", "covered"),
    [
        ("a.b.c", "a.b.c", True),
        ("a.b.*", "a.b.c", True),
        ("a.*", "a.b.c", True),
        ("a.*", "ab.b.c", False),
        ("a.*.c", "a.b.c", True),
        ("a.*.c", "a.b.d", False),
        ("*.b.c", "a.b.c", True),
        ("a.b.c.*", "a.b.c", False),
        ("a.b", "a.b.c", False),
    ],
)
def test_a_star_stands_for_a_step_and_at_the_end_for_the_rest(pattern, permission, covered):
    assert matches(pattern, permission) is covered


def test_the_roles_of_a_pack_are_read(region):
    assert region.roles["desk"].rows == "own_area"
    assert region.roles["reader"].sees_identity
    assert region.roles["auditor"].name.text("id") == "Pemeriksa"
    assert region.explain("roles/desk/rows").value == "own_area"


ROLE = "desk:\n  name: {{en: Desk}}\n  grants: [{grants}]\n  rows: own_area\n{more}"


@pytest.mark.parametrize(
    ("grants", "more", "code", "hint"),
    [
        ("probe.report.raed", "", "unknown-permission", "did you mean `probe.report.read`?"),
        ("prob.report.read", "", "unknown-permission", "did you mean `probe.report.read`?"),
        ("probe", "", "wrong-value", "such as complaints.report.read"),
        ("probe.report.read", "  sees_identty: true\n", "unknown-key", "sees_identity"),
        ("probe.identity.read", "", "wrong-value", "sees_identity: true"),
        ("", "", "wrong-value", ""),
    ],
)
def test_a_wrong_role_is_an_error_at_its_line(boot_pack, grants, more, code, hint):
    found = boot_pack(ROLE.format(grants=grants, more=more))
    (problem,) = [p for p in found.problems if p.is_error]
    assert problem.code == code
    assert hint in problem.hint
    assert problem.origin.file.endswith("organisation/roles.yaml")
    assert problem.origin.line > 0


def test_what_a_plugin_that_is_not_there_would_allow_is_a_warning(boot_pack):
    found = boot_pack(ROLE.format(grants="zzz.report.read", more=""))
    assert codes(found) == []
    (warning,) = [p for p in found.problems if p.code == "unknown-plugin"]
    assert "no plugin `zzz` is installed" in warning.message


@pytest.mark.parametrize(
    ("permissions", "said"),
    [
        ([Permission("other.report.read", "x")], "another form than probe."),
        ([Permission("probe.read", "x")], "another form than probe."),
        ([Permission("probe.a.b", "x"), Permission("probe.a.b", "y")], "stands twice"),
    ],
)
def test_a_services_permissions_have_its_prefix_and_stand_once(boot_pack, permissions, said):
    found = boot_pack("{}", permissions=tuple(permissions))
    assert any(said in p.message for p in found.problems), found.problems


def test_a_desk_entry_names_a_permission_of_its_service(boot_pack):
    item = DeskItem("queue", "Queue", "probe.report.raed")
    found = boot_pack(desk_menu=(item,))
    messages = [p.message for p in found.problems]
    assert any("desk entry `queue` asks for `probe.report.raed`" in m for m in messages)
    assert any("no desk" in m for m in messages)


class Needing:
    def __init__(self, permission):
        self.permission = permission

    def __call__(self):
        return None


def test_each_desk_route_asks_for_a_permission_that_exists(boot_pack, monkeypatch):
    import sys
    import types

    module: Any = types.ModuleType("probe_desk")
    below = APIRouter()
    module.desk = APIRouter()
    module.api = APIRouter()

    @module.desk.get("/open")
    async def open_to_all():
        return None

    @module.desk.get("/asked", dependencies=[Depends(Needing("probe.report.read"))])
    async def asked():
        return None

    @below.get("/nested")
    async def nested():
        return None

    @module.api.get("/api", dependencies=[Depends(Needing("probe.report.nothing"))])
    async def api():
        return None

    module.desk.include_router(below, dependencies=[Depends(Needing("probe.report.accept"))])
    monkeypatch.setitem(sys.modules, "probe_desk", module)
    found = boot_pack(desk="probe_desk:desk", api="probe_desk:api")
    assert sorted(p.message for p in found.problems if p.is_error) == [
        "plugin probe: api: route `GET /api` asks for `probe.report.nothing`, which is not"
        " declared",
        "plugin probe: desk: route `GET /open` asks for no permission",
    ]


def test_the_base_pack_names_the_roles_that_services_use():
    from civicapp.kernel import boot

    region = boot("indonesia").region
    assert region is not None
    wanted = {"handler", "desk", "supervisor", "verifier", "reviewer", "auditor", "admin"}
    assert wanted <= set(region.roles)
    assert all({"id", "en"} <= set(role.name) for role in region.roles.values())
