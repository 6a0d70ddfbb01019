"""The messages of the domain and the permissions, and their Indonesian words."""

import ast
import re
from pathlib import Path

from babel.messages.pofile import read_po
from civicapp_complaints import plugin
from civicapp_complaints.domain.states import EDGES, Actor
from civicapp_complaints.permissions import PERMISSIONS

from civicapp.i18n import Catalogs

FOLDER = Path(plugin.__file__).parent
OFFICERS = {Actor.DESK, Actor.HANDLER, Actor.VERIFIER, Actor.SUPERVISOR}
# Words that residents and officers are never shown.
AVOIDED = re.compile(r"tidak valid|terjadi kesalahan|disposisi|verifikasi|\bOPD\b|\bSLA\b|tiket|!")


def marked(path: Path) -> set[str]:
    calls = (n for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.Call))
    return {
        str(call.args[0].value)
        for call in calls
        if isinstance(call.func, ast.Name)
        and call.func.id == "N_"
        and isinstance(call.args[0], ast.Constant)
    }


def test_every_message_of_the_domain_is_translated() -> None:
    assert Catalogs(("id",), {"complaints": FOLDER / "locale"}, {}).problems == []
    with (FOLDER / "locale" / "id.po").open("rb") as file:
        words = {str(m.id): str(m.string) for m in read_po(file)}
    messages = set().union(
        *map(marked, [*(FOLDER / "domain").glob("*.py"), FOLDER / "permissions.py"])
    )
    assert len(messages) > 30
    for message in messages:
        text = words.get(message, "")
        assert text, message
        assert not AVOIDED.search(text)
        assert set(re.findall(r"%\(\w+\)s", text)) == set(re.findall(r"%\(\w+\)s", message))


def test_each_action_of_an_officer_has_a_permission() -> None:
    actions = {f"complaints.report.{e.action}" for e in EDGES if e.who & OFFICERS}
    declared = {p.id for p in PERMISSIONS}
    assert actions <= declared
    assert len(declared) == len(PERMISSIONS)
    assert [p.id for p in PERMISSIONS if p.identity] == ["complaints.identity.reveal"]
