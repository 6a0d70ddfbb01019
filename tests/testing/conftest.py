"""A small plugin with every part that the contract looks at, sound until a test breaks it."""

import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from civicapp.testing.databases import SERVER, Postgres

WAIT = 300  # seconds for a test run in a process of its own, under load
PLUGIN = """\
from civicapp import DeskItem, EnvVar, Job, MenuItem, N_, Permission, Service, hookimpl

from probe_parts.config import ProbeConfig


@hookimpl
def service():
    return Service(
        id="probe",
        config=ProbeConfig,
        api="probe_parts.api:router",
        pages="probe_parts.pages:router",
        desk="probe_parts.desk:router",
        desk_menu=(DeskItem("notes", N_("Notes"), "probe.note.read"),),
        permissions=(
            Permission("probe.note.read", N_("Read notes")),
            Permission("probe.note.close", N_("Close notes")),
        ),
        menu=(MenuItem("notes", N_("Notes")),),
        home="probe_parts.pages:home",
        part_tags=(),
        metadata="probe_parts.models:metadata",
        migrations="probe_parts:migrations",
        jobs=(
            Job("probe.thank", "probe_parts.jobs:thank"),
            Job("probe.sweep", "probe_parts.jobs:sweep", cron="0 3 * * *"),
        ),
        events=("probe.note.left",),
        seed="probe_parts.jobs:seed",
        starter="probe_parts:starter",
    )


@hookimpl
def bundle_resources(context):
    yield EnvVar("CIVICAPP_PROBE_COLOUR", "the colour of notes")
"""
CONFIG = """\
from civicapp import Row, ServiceConfig, Table, Text


class Kind(Row):
    key = ("code",)

    code: Text


class ProbeConfig(ServiceConfig):
    motto: Text
    kinds: Table[Kind] = ()
"""
MODELS = """\
from civicapp import service_metadata
from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    metadata = service_metadata("probe")


class Note(Base):
    __tablename__ = "probe_note"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    text: Mapped[str] = mapped_column(String(200))
    version: Mapped[int]


class Thanks(Base):
    __tablename__ = "probe_thanks"

    id: Mapped[int] = mapped_column(primary_key=True)
    note: Mapped[str] = mapped_column(String(32))


metadata = Base.metadata
"""
MIGRATION = """\
import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade():
    op.create_table(
        "probe_note",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("text", sa.String(200), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_probe_note"),
    )
    op.create_table(
        "probe_thanks",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("note", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_probe_thanks"),
    )
"""
NOTES = """\
import secrets

from sqlalchemy import select

from probe_parts.models import Note


def leave(session, outbox, text):
    note = Note(id=secrets.token_hex(8), text=text, version=1)
    session.add(note)
    outbox.enqueue(session, "probe.thank", note.id, {"note": note.id})
    outbox.emit(session, "probe.note.left", note.id, {"note": note.id})
    return note


def notes(session):
    return list(session.scalars(select(Note).order_by(Note.id)))


def close(session, id, seen):
    note = session.get(Note, id)
    if note is not None:
        seen.check(note.version)
        note.version += 1
    return note
"""
API = """\
from typing import Annotated

from civicapp.web import Ctx, IfMatch, NotFound, Once, json_answer, problems, require
from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from starlette.responses import Response

from probe_parts.notes import close, leave, notes

router = APIRouter()


class NoteIn(BaseModel):
    text: str = Field(min_length=1, max_length=200)


class NoteOut(NoteIn):
    id: str


class NoteList(BaseModel):
    items: list[NoteOut]


@router.get("/notes", operation_id="probe_notes")
async def list_notes(ctx: Ctx) -> NoteList:
    found = await ctx.db.read(notes)
    return NoteList(items=[NoteOut(id=n.id, text=n.text) for n in found])


@router.post(
    "/notes",
    operation_id="probe_leave",
    status_code=201,
    response_model=NoteOut,
    responses=problems(409, 422),
)
async def leave_note(ctx: Ctx, note: NoteIn, once: Once) -> Response:
    return await once.write(
        leave,
        ctx.outbox,
        note.text,
        answer=lambda made: json_answer(NoteOut(id=made.id, text=made.text), 201),
    )


@router.post(
    "/notes/{id}/close",
    operation_id="probe_close",
    dependencies=[Depends(require("probe.note.close"))],
    responses=problems(401, 403, 404, 412, 428),
)
async def close_note(ctx: Ctx, id: str, seen: IfMatch) -> NoteOut:
    note = await ctx.db.write(close, id, seen)
    if note is None:
        raise NotFound
    return NoteOut(id=note.id, text=note.text)
"""
PAGES = """\
from typing import Annotated

from civicapp import Block
from civicapp.web import Ctx, render
from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse, Response

from probe_parts.config import ProbeConfig
from probe_parts.notes import leave, notes

router = APIRouter()


@router.get("", response_class=Response)
async def page(ctx: Ctx) -> Response:
    found = await ctx.db.read(notes)
    return render(ctx, "probe/page.html", notes=found, motto=ctx.config(ProbeConfig).motto)


@router.post("", response_class=Response)
async def send(ctx: Ctx, text: Annotated[str, Form()] = "") -> Response:
    if text:
        await ctx.db.write(leave, ctx.outbox, text)
    return RedirectResponse("/probe", 303)


def home(ctx) -> Block:
    return Block("probe/home.html")
"""
DESK = """\
from civicapp.web import Ctx, render, require
from fastapi import APIRouter, Depends
from starlette.responses import Response

from probe_parts.notes import notes

router = APIRouter()


@router.get("", response_class=Response, dependencies=[Depends(require("probe.note.read"))])
async def queue(ctx: Ctx) -> Response:
    return render(ctx, "probe/desk.html", notes=await ctx.db.read(notes))
"""
JOBS = """\
from sqlalchemy import delete, select

from probe_parts.models import Note, Thanks


def thank(ctx, refs):
    def run(session):
        if session.scalar(select(Thanks).where(Thanks.note == refs["note"])) is None:
            session.add(Thanks(note=refs["note"]))

    ctx.db.write_now(run)


def sweep(ctx, refs):
    def run(session):
        session.execute(delete(Thanks).where(Thanks.note == ""))

    ctx.db.write_now(run)


def seed(ctx):
    def run(session):
        if session.get(Note, "sample") is None:
            session.add(Note(id="sample", text="A sample.", version=1))

    ctx.db.write_now(run)
"""
PAGE = """\
{% extends "civicapp/base.html" %}
{% block title %}{{ _("Notes") }}{% endblock %}
{% block main %}
<h1>{{ _("Notes") }}</h1>
<p>{{ motto }}</p>
<ul>{% for note in notes %}<li>{{ note.text }}{% endfor %}</ul>
<form method="post" action="/probe">{{ ctx.form_key }}<label>{{ _("Your note") }}
<input name="text"></label><button>{{ _("Send") }}</button></form>
{% endblock %}
"""
DESK_PAGE = """\
{% extends "civicapp/desk_base.html" %}
{% block title %}{{ _("Notes") }}{% endblock %}
{% block main %}
<h1>{{ _("Notes") }}</h1>
<ul>{% for note in notes %}<li>{{ note.text }}</li>{% endfor %}</ul>
{% endblock %}
"""
WORDS = """\
msgid ""
msgstr ""

msgid "Close notes"
msgstr "Tutup catatan"

msgid "Notes"
msgstr "Catatan"

msgid "Read notes"
msgstr "Baca catatan"

msgid "Send"
msgstr "Kirim"

msgid "Your note"
msgstr "Catatan Anda"
"""
SUITE = """\
from civicapp.testing import PluginContract


class TestProbe(PluginContract):
    plugin = "probe"

    def cause_jobs(self, client):
        sent = client.api("POST", "/api/v1/probe/notes", json={"text": "A note."})
        assert sent.status_code == 201, sent.text
"""
INI = """\
[pytest]
addopts = -p civicapp.testing -p no:cacheprovider
filterwarnings = error
"""
PROBE = {
    "site/probe_parts/__init__.py": "",
    "site/probe_parts/plugin.py": PLUGIN,
    "site/probe_parts/config.py": CONFIG,
    "site/probe_parts/models.py": MODELS,
    "site/probe_parts/notes.py": NOTES,
    "site/probe_parts/api.py": API,
    "site/probe_parts/pages.py": PAGES,
    "site/probe_parts/desk.py": DESK,
    "site/probe_parts/jobs.py": JOBS,
    "site/probe_parts/migrations/0001_notes.py": MIGRATION,
    "site/probe_parts/templates/page.html": PAGE,
    "site/probe_parts/templates/home.html": "<p>{{ _('Notes') }}</p>\n",
    "site/probe_parts/templates/desk.html": DESK_PAGE,
    "site/probe_parts/locale/id.po": WORDS,
    "site/probe_parts/starter/config.yaml": "motto: Write to us.\n",
    "site/probe-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: probe\nVersion: 1.0\n",
    "site/probe-1.0.dist-info/entry_points.txt": (
        "[civicapp.plugins]\nprobe = probe_parts.plugin\n"
    ),
    "test_probe.py": SUITE,
}


@dataclass
class Report:
    """How the tests of one suite ended: what those said that failed or were skipped, by name."""

    passed: set[str] = field(default_factory=set)
    failed: dict[str, str] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)


class Project:
    """Plugins in a folder, whose tests run in a process of their own."""

    def __init__(self, folder: Path, server: str) -> None:
        self.folder, self.server = folder, server
        self.output = ""
        self.write({"pytest.ini": INI})

    def write(self, files: Mapping[str, str | None]) -> "Project":
        """Write files; None removes one."""
        for name, text in files.items():
            path = self.folder / name
            if text is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, "utf-8")
        return self

    def edit(self, name: str, old: str, new: str) -> "Project":
        """Change a text of a file of the plugin, which must hold it."""
        path = self.folder / "site/probe_parts" / name
        text = path.read_text("utf-8")
        assert old in text, f"{name} does not hold {old!r}"
        path.write_text(text.replace(old, new), "utf-8")
        return self

    def run(self, *options: str) -> dict[str, Report]:
        """Run the tests of the project; return how they ended, by suite."""
        result = self.folder / "result.xml"
        paths = [str(self.folder / "site"), *filter(None, sys.path)]
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(paths),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # what is tested needs no other plugin
            SERVER: self.server,
        }
        if not self.server:
            del environment[SERVER]
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "--junitxml", str(result), *options],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=WAIT,
            check=False,
        )
        self.output = done.stdout + done.stderr
        assert result.exists(), self.output
        reports: dict[str, Report] = {}
        for case in ET.parse(result).getroot().iter("testcase"):
            name, suite = str(case.get("name")), str(case.get("classname")).rpartition(".")[2]
            report = reports.setdefault(suite, Report())
            bad = [e for e in case if e.tag in ("failure", "error")]
            skip = case.find("skipped")
            if bad:
                report.failed[name] = "\n".join(f"{e.get('message')}\n{e.text}" for e in bad)
            elif skip is not None:
                report.skipped[name] = str(skip.get("message"))
            else:
                report.passed.add(name)
        return reports


@pytest.fixture
def bare(tmp_path: Path, postgres: Postgres) -> Project:
    """Return a project without any plugin."""
    return Project(tmp_path, postgres.server.render_as_string(hide_password=False))


@pytest.fixture
def project(bare: Project) -> Project:
    """Return the sound plugin's project."""
    return bare.write(PROBE)
