"""The contract of plugins: a sound one passes, and each fault is told by the test that names it."""

QUICK = ("-k", "not postgresql")
SQLITE = "[sqlite]"


def test_a_sound_plugin_keeps_to_the_contract_on_both_databases(project):
    report = project.run()["TestProbe"]
    assert report.failed == {}, project.output
    assert report.skipped == {}
    assert {name for name in report.passed if name.endswith("[postgresql]")}
    assert len(report.passed) > 30


def bare_names(names):
    return {name.removesuffix(SQLITE) for name in names}


def test_independent_faults_are_told_by_one_test_each(project):
    project.edit(
        "plugin.py", "from civicapp import", "import sqlalchemy  # noqa\nfrom civicapp import"
    )
    project.edit(
        "plugin.py",
        'Permission("probe.note.close", N_("Close notes")),',
        'Permission("probe.note.close", N_("Close notes")),\n'
        '            Permission("probe.note.burn", ""),',
    )
    project.edit("plugin.py", "CIVICAPP_PROBE_COLOUR", "COLOUR")
    project.edit("templates/page.html", "<p>{{ motto }}</p>", "<script>x = 1</script><h1>A</h1>")
    project.edit("templates/desk.html", "<h1>", '<img src="https://maps.example/tile.png"><h1>')
    project.edit("templates/home.html", "{{ _('Notes') }}", "{{ nothing.here }}")
    project.edit("locale/id.po", 'msgstr "Kirim"', 'msgstr ""')
    project.edit("api.py", "responses=problems(409, 422)", "responses=problems(422)")
    project.edit(
        "api.py", "    return NoteList(", "    return Response('[]', 203)\n    return NoteList("
    )
    project.edit("api.py", "raise NotFound", "raise RuntimeError")
    project.edit("api.py", "router = APIRouter()", ODD_ROUTES)
    project.edit("desk.py", "dependencies=[", "dependencies=[Depends(gone), ")
    project.edit("desk.py", "router = APIRouter()", "router = APIRouter()\n" + GONE)
    project.edit("pages.py", "    if text:", "    if text[0]:")
    project.edit(
        "jobs.py",
        'if session.scalar(select(Thanks).where(Thanks.note == refs["note"])) is None:',
        "if True:",
    )
    project.edit("jobs.py", 'if session.get(Note, "sample") is None:', "if True:")
    project.edit("jobs.py", 'Note(id="sample",', "Note(id=__import__('secrets').token_hex(8),")
    project.edit("starter/config.yaml", "motto:", "mottos:")
    project.write({"conftest.py": STARTED})
    report = project.run(*QUICK)["TestProbe"]
    assert bare_names(report.failed) == {
        "test_is_imported_cheaply",
        "test_uses_its_permissions",
        "test_adds_sound_resources_to_bundles",
        "test_opens_each_page_in_each_language",
        "test_opens_each_page_of_the_desk",
        "test_shows_its_parts_of_other_pages",
        "test_is_translated",
        "test_declares_repetitions_and_versions",
        "test_keeps_its_desk_to_those_who_may",
        "test_answers_as_its_api_declares",
        "test_answers_what_is_not_there",
        "test_passes_over_what_it_does_not_know",
        "test_asks_who_calls",
        "test_refuses_a_bad_key",
        "test_refuses_empty_writes",
        "test_refuses_empty_forms",
        "test_does_its_jobs_once",
        "test_seeds_once",
        "test_starts_a_region_that_says_nothing",
    }, project.output
    said = {name.removesuffix(SQLITE): text for name, text in report.failed.items()}
    for test, words in {
        "test_is_imported_cheaply": "imports sqlalchemy",
        "test_uses_its_permissions": "probe.note.burn has no label",
        "test_adds_sound_resources_to_bundles": "variable `COLOUR` has another form",
        "test_opens_each_page_of_the_desk": "loads from another host",
        "test_shows_its_parts_of_other_pages": "home of probe",
        "test_is_translated": "locale/id.po: 'Send' is not translated",
        "test_declares_repetitions_and_versions": "does not declare 409",
        "test_answers_as_its_api_declares": "answers 203, declared are 200",
        "test_keeps_its_desk_to_those_who_may": "GET /desk/probe answers 404 to who may nothing",
        "test_answers_what_is_not_there": "GET /api/v1/probe/notes/{id} answers 500",
        "test_passes_over_what_it_does_not_know": "GET /api/v1/probe/strict answers 422 where",
        "test_asks_who_calls": "POST /api/v1/probe/late answers 404 to a stranger: 401",
        "test_refuses_a_bad_key": "POST /api/v1/probe/lax answers 200, not 422",
        "test_refuses_empty_writes": "POST /api/v1/probe/notes/{id}/close answers 500",
        "test_refuses_empty_forms": "POST /probe answers 500 to an empty form",
        "test_does_its_jobs_once": "probe.thank, run again with the same key, changes more: rows",
        "test_seeds_once": "rows of probe_note: 1, then 2",
        "test_starts_a_region_that_says_nothing": "did you mean `motto`?",
    }.items():
        assert words in said[test], said[test]
    page = said["test_opens_each_page_in_each_language"]
    assert "GET /probe in `id`: <script> without src" in page
    assert "wants one <h1>, has ['Notes', 'A']" in page
    assert "probe.note.burn is asked for by no route" in said["test_uses_its_permissions"]


GONE = """\


async def gone(ctx: Ctx) -> None:
    if ctx.person is None or not ctx.person.may("probe.note.read"):
        from civicapp.web import NotFound

        raise NotFound
"""
ODD_ROUTES = f"""\
from fastapi import Header, Query

router = APIRouter()
{GONE}

class Strict(BaseModel, extra="forbid"):
    size: int = 1


@router.get("/strict", operation_id="probe_strict")
async def strict(query: Annotated[Strict, Query()]) -> Strict:
    return query


@router.get("/notes/{{id}}", operation_id="probe_note")
async def one_note(id: str) -> Strict:
    raise RuntimeError(id)


@router.post(
    "/late",
    operation_id="probe_late",
    dependencies=[Depends(gone), Depends(require("probe.note.read"))],
    responses=problems(401, 403, 404),
)
async def late() -> Strict:
    return Strict()


@router.post("/lax", operation_id="probe_lax", responses=problems(409))
async def lax(key: Annotated[str | None, Header(alias="Idempotency-Key")] = None) -> Strict:
    return Strict()
"""
# Plugins of a few lines, each with one fault that keeps later tests from being looked at.
HEAD = "from civicapp import Job, Service, Permission, ServiceConfig, Text, hookimpl\n"
SERVICE = """\

@hookimpl
def service():
    return Service(id={id!r}{parts})
"""
ROUTER = """\
from civicapp.web import Ctx, render
from fastapi import APIRouter
from starlette.responses import Response

router = APIRouter()
"""
ROUTE = """\


@router.get({path!r}, response_class=Response)
async def {name}() -> Response:
    return Response("x")
"""
TABLE = """\
import sqlalchemy as sa
from civicapp import service_metadata

metadata = {metadata}
table = sa.Table({name!r}, metadata, sa.Column("id", sa.Integer, primary_key=True))
"""
VERSION = """\
import sqlalchemy as sa
from alembic import op

revision = {revision!r}
down_revision = None


def upgrade():
    {body}
"""
CREATE = 'op.create_table({name!r}, sa.Column("id", sa.Integer, primary_key=True))'
KEEPS = """\
KEPT = []


@router.get("", response_class=Response)
async def page(ctx: Ctx) -> Response:
    KEPT[:] = KEPT or [ctx.region.name.text("en")]
    return render(ctx, "clings/page.html", kept=KEPT[0])
"""
KEPT_PAGE = (
    '{% extends "civicapp/base.html" %}{% block title %}x{% endblock %}'
    "{% block main %}<h1>{{ kept }}</h1>{% endblock %}"
)
TABLES = ', metadata="{id}_parts.parts:metadata", migrations="{id}_parts:versions"'


def plugin(id, parts="", own="", name=None, **files):
    """Write a plugin. parts: of its Service. own: code before. files: of its package, by name."""
    package, info = f"site/{id}_parts", f"site/{id}-1.0.dist-info"
    written = {
        f"{package}/__init__.py": "",
        f"{package}/plugin.py": HEAD
        + own
        + SERVICE.format(id=name or id, parts=parts.format(id=id)),
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {id}\nVersion: 1.0\n",
        f"{info}/entry_points.txt": f"[civicapp.plugins]\n{id} = {id}_parts.plugin\n",
    }
    return written | {f"{package}/{name}": text for name, text in files.items()}


def tables(id, versions, name="", metadata=""):
    """Write a plugin with a table. versions: bodies of its migrations, by revision."""
    table = name or f"{id}_thing"
    made = TABLE.format(name=table, metadata=metadata or f"service_metadata({id!r})")
    files = {
        f"versions/{revision}.py": VERSION.format(revision=revision, body=body.format(name=table))
        for revision, body in versions.items()
    }
    return plugin(id, TABLES, **{"parts.py": made, "versions/.keep": "", **files})


LIAR = plugin("liar", name="other")
LOST = plugin("lost", ', api="lost_parts.nowhere:router"')
LOUD = plugin("loud", ', events=("shout",)')
OPEN = plugin(
    "open",
    ', desk="open_parts.parts:router"',
    **{"parts.py": ROUTER + ROUTE.format(path="", name="desk")},
)
TWICE = plugin(
    "twice",
    ', pages="twice_parts.parts:router"',
    **{"parts.py": ROUTER + ROUTE.format(path="/a", name="a") + ROUTE.format(path="/a", name="b")},
)
NEEDY = plugin(
    "needy", ", config=NeedyConfig", "\n\nclass NeedyConfig(ServiceConfig):\n    motto: Text\n\n"
)
CLINGS = plugin(
    "clings",
    ', pages="clings_parts.parts:router"',
    **{"parts.py": ROUTER + KEEPS, "templates/page.html": KEPT_PAGE},
)
EARS = plugin("ears")
EARS["site/ears_parts/plugin.py"] = """\
from civicapp import hookimpl


@hookimpl
def on_event(event, context):
    pass
"""
LEANS = plugin("leans", ', needs=("ears",)')
STRAY = tables("stray", {"0001": CREATE}, "other_thing", "sa.MetaData()")
EMPTY = tables("empty", {})
FORKED = tables("forked", {"0001": CREATE, "0002": "pass"})
FAILS = tables("fails", {"0001": 'raise ValueError("no room")'})
DRIFTS = tables("drifts", {"0001": "pass"})
TWIN = plugin("twin") | {
    "site/second-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: second\nVersion: 1.0\n",
    "site/second-1.0.dist-info/entry_points.txt": (
        "[civicapp.plugins]\ntwin = twin_parts.plugin\n"
    ),
}
FAULTS = {
    "absent": ("test_is_installed_and_described", "no installed package has an entry point"),
    "twin": ("test_is_installed_and_described", "two distributions bring it: second and twin"),
    "liar": ("test_is_installed_and_described", "its service calls itself `other`, not `liar`"),
    "lost": ("test_refers_to_what_is_there", "No module named 'lost_parts.nowhere'"),
    "loud": ("test_refers_to_what_is_there", "event `shout` has another form"),
    "open": ("test_asks_for_its_permissions", "desk: route `GET` asks for no permission"),
    "twice": ("test_claims_nothing_twice", "route `GET /a` stands twice"),
    "needy": ("test_boots_in_the_invented_region", "`motto` is missing"),
    "clings": ("test_serves_two_regions_in_one_process", "of the other region shows Vera Island"),
    "stray": ("test_names_its_tables", "table `other_thing` must be named stray_"),
    "empty": ("test_has_one_line_of_migrations", "holds no version file"),
    "forked": ("test_has_one_line_of_migrations", "several newest revisions: 0001, 0002"),
    "fails": ("test_migrates_from_nothing_to_its_models", "0001: no room"),
    "drifts": ("test_migrates_from_nothing_to_its_models", "add table drifts_thing"),
}


SOUND = ("ears", "leans")  # a plugin with hooks alone, and one that needs it


def test_a_fault_that_keeps_others_from_being_looked_at_is_told_once(bare):
    for files in (
        *(LIAR, LOST, LOUD, OPEN, TWICE, NEEDY, CLINGS),
        *(STRAY, EMPTY, FORKED, FAILS, DRIFTS, TWIN, EARS, LEANS),
    ):
        bare.write(files)
    suites = [
        f"class Test_{id}(PluginContract):\n    plugin = {id!r}\n" for id in (*FAULTS, *SOUND)
    ]
    bare.write({"test_all.py": "\n\n".join([IMPORT, *suites])})
    reports = bare.run(*QUICK)
    for id in SOUND:
        report = reports[f"Test_{id}"]
        assert report.failed == {}, bare.output
        assert "test_boots_in_the_invented_region" in report.passed
    for id, (test, words) in FAULTS.items():
        report = reports[f"Test_{id}"]
        assert bare_names(report.failed) == {test}, bare.output
        (said,) = report.failed.values()
        assert words in said
        if id != "clings":
            assert any(f"before {test} passes" in text for text in report.skipped.values()), id


IMPORT = "from civicapp.testing import PluginContract"
STARTED = """\
import pytest


@pytest.fixture
def pack_files():
    return {"services/probe/config.yaml": "motto: Ours.\\n"}
"""
