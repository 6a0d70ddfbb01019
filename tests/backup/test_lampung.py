"""The demonstration of a real region: backed up, wiped, restored, read and worked with."""

import datetime
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyotp
import pytest
from civicapp_complaints.domain.events import verify
from civicapp_complaints.models import EventRow, Media, Report
from civicapp_complaints.service.history import event_of
from civicapp_complaints.service.party import open_contact
from civicapp_complaints.service.photos import LARGE, file_name
from civicapp_complaints.service.read import public_report, reporters_report
from civicapp_complaints.service.site import Site
from civicapp_complaints.service.submit import Submission, submit
from fastapi.testclient import TestClient
from sqlalchemy import URL, func, select
from sqlalchemy.orm import Session

from civicapp.__main__ import run
from civicapp.backing import Backing, connect, prepare
from civicapp.backup.archive import Archive
from civicapp.backup.restore import restore
from civicapp.backup.take import find_source, take
from civicapp.cli.demonstration import sign_ins
from civicapp.identity import factor, signin
from civicapp.identity.accounts import Wish, by_email, create, grant
from civicapp.identity.audit import Act
from civicapp.identity.crypto import open_cipher
from civicapp.identity.passwords import Hasher
from civicapp.kernel import Kernel, boot
from civicapp.serving import make_app
from civicapp.settings import Settings
from civicapp.storage.files import open_files
from civicapp.storage.people import AuditRow, SessionRow

NOW = datetime.datetime(2026, 11, 24, 8, 0, tzinfo=datetime.UTC)
TEXT = "Lubang dalam di depan pasar, sudah dua minggu."
EMAIL, PASSWORD = "officer@office.example", "kuda batu merah jambu"


@dataclass(frozen=True)
class Shop:
    """What was done before the backup: a report with contact data, an officer with two factors."""

    kernel: Kernel
    data: Path
    number: str
    secret: str
    totp: str


def site_of(backing: Backing) -> Site:
    return Site(region=backing.kernel.region, cipher=backing.cipher)


def sign_in(backing: Backing, code: str, at: datetime.datetime) -> str | None:
    """Sign in with the password, then with a code; return the id of the new session."""
    region, cipher = backing.kernel.region, backing.cipher

    def work(session: Session) -> str | None:
        begun = signin.begin(session, EMAIL, "192.0.2.7", cipher, False, at)
        fits, better = Hasher().verify_now(PASSWORD, begun.password_hash)
        entered = signin.finish(session, begun, fits, better, "test", region, Act(at=at))
        if entered is None or entered.stage != "code":
            return None
        row = session.scalars(select(SessionRow).where(SessionRow.stage == "code")).one()
        return signin.enter_code(session, row.id, code, cipher, Act(at=at)).secret

    return backing.database.write_now(work)


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Shop:
    """Make the demonstration, and what it does not have: a person's data and a second factor."""
    kernel = boot("lampung", settings=Settings(demo=True)).kernel
    assert kernel is not None
    data = tmp_path_factory.mktemp("lampung")
    backing = prepare(kernel, data)
    assert isinstance(backing, Backing)
    list(sign_ins(backing, "http://127.0.0.1:8000"))
    site, now = site_of(backing), datetime.datetime.now(datetime.UTC)
    given = Submission(
        category="road.village",
        description=TEXT,
        lat=-5.4292,
        lon=105.2619,
        landmark="depan pasar",
        visibility="private",
        language="id",
        channel="web",
        email="warga@example.org",
    )

    def work(session: Session) -> Shop:
        receipt = submit(session, site, given, now)
        account = create(session, EMAIL, "Officer", Act(at=NOW))
        account.password_hash = Hasher().hash_now(PASSWORD)
        grant(session, account, Wish("admin", None, None), kernel.region, Act(at=NOW))
        begun = signin.begin(session, EMAIL, "192.0.2.7", backing.cipher, False, NOW)
        signin.finish(session, begun, True, None, "test", kernel.region, Act(at=NOW))
        row = session.scalars(select(SessionRow)).one()
        totp = factor.begin_setup(session, row.id, backing.cipher)
        code = pyotp.TOTP(totp).at(NOW)
        assert factor.confirm_setup(session, row.id, code, backing.cipher, Act(at=NOW)) is not None
        return Shop(kernel, data, receipt.number, receipt.secret, totp)

    made = backing.database.write_now(work)
    backing.database.close_now()
    return made


def history(backing: Backing) -> dict[str, object]:
    """Check the chain of every report's history; return what the record holds."""

    def read(session):
        for report in session.scalars(select(Report)):
            rows = session.scalars(
                select(EventRow).where(EventRow.report == report.id).order_by(EventRow.seq)
            )
            assert verify(map(event_of, rows), report.head) is None
        audit = select(AuditRow.id, AuditRow.at, AuditRow.action, AuditRow.subject, AuditRow.after)
        rows = [tuple(row) for row in session.execute(audit.order_by(AuditRow.id))]
        return {
            "audit": rows,
            "reports": session.scalar(select(func.count()).select_from(Report)),
            "public": {
                r.number: public_report(session, site_of(backing), r.number, NOW)
                for r in session.scalars(
                    select(Report).where(Report.published_at.is_not(None)).order_by(Report.number)
                )
            },
        }

    return backing.database.read_now(read)


@contextmanager
def opened(shop: Shop, url: URL, data: Path) -> Iterator[Backing]:
    cipher = open_cipher(shop.kernel.settings, data)
    assert cipher is not None
    backing = connect(shop.kernel, url, open_files(data / "files"), cipher)
    try:
        yield backing
    finally:
        backing.database.close_now()


def test_a_region_is_restored_on_a_fresh_host(shop, kind, tmp_path, request):
    source = find_source(shop.kernel, shop.data, None)
    with opened(shop, source.url, shop.data) as backing:
        before = history(backing)
    taken = take(source, tmp_path / "backup")
    assert taken.problems == ()
    assert taken.manifest.tables["complaints_party"].tally.rows == 1
    assert len(taken.manifest.files) >= 3 * 15

    maker = request.getfixturevalue({"sqlite": "sqlite_files", "postgresql": "postgres"}[kind])
    url, data = maker.make(None), tmp_path / "fresh"
    data.mkdir()
    shutil.copyfile(shop.data / "secret_key", data / "secret_key")
    archive = Archive(tmp_path / "backup")
    address = url.render_as_string(hide_password=False)
    restored = restore(shop.kernel, archive, archive.verify(), data, address)
    try:
        assert restored.copied.tables == {n: t.tally for n, t in taken.manifest.tables.items()}
        with opened(shop, url, data) as backing:
            check_everyday_work(shop, backing, before)
    finally:
        maker.drop(url)


def check_everyday_work(shop: Shop, backing: Backing, before) -> None:
    """Read reports, photos and the record; sign in with password and code; open a page."""
    site = site_of(backing)
    assert history(backing) == before

    def read(session):
        mine = reporters_report(session, site, shop.secret, NOW)
        report = session.scalars(select(Report).where(Report.number == mine.number)).one()
        media = session.scalars(select(Media.id).where(Media.state == "ready")).all()
        return mine, open_contact(session, site, report.id), media

    mine, contact, media = backing.database.read_now(read)
    assert (mine.number, mine.text) == (shop.number, TEXT)
    assert contact.email == "warga@example.org"
    assert all(backing.files.get_now(file_name(id, LARGE))[8:12] == b"WEBP" for id in media)
    assert media

    later = NOW + datetime.timedelta(minutes=5)
    code = pyotp.TOTP(shop.totp).at(NOW)
    assert sign_in(backing, code, NOW) is None  # that code was used before the backup
    backing.database.write_now(lambda s: s.query(SessionRow).delete())
    assert sign_in(backing, pyotp.TOTP(shop.totp).at(later), later) is not None
    account = backing.database.read_now(by_email, EMAIL)
    assert account is not None
    assert account.signed_in_at == later

    number = next(iter(before["public"]))
    with TestClient(make_app(backing.kernel, backing, jobs=False)) as client:
        answer = client.get(f"/api/v1/complaints/reports/{number}")
        assert answer.status_code == 200
        assert client.get(f"/complaints/r/{number}", follow_redirects=True).status_code in (
            200,
            404,
        )


def test_a_photo_that_is_gone_is_named_and_the_backup_is_there(shop, tmp_path, monkeypatch, capsys):
    shutil.copytree(shop.data, tmp_path / "data")
    gone = min((tmp_path / "data/files/complaints").glob("*-large"))
    gone.unlink()
    monkeypatch.chdir(tmp_path)
    code = run(["backup", "lampung", "--data", "data", "--to", "one.tar.gz"])
    out, err = capsys.readouterr()
    assert code == 2
    assert err == (
        f"lost-file rows name files that are not there: complaints/{gone.name}\n"
        "    hint: the backup is whole but for these; look for them in an older one\n"
    )
    assert "one.tar.gz: " in out
    assert Archive(tmp_path / "one.tar.gz").verify().missing == (f"complaints/{gone.name}",)
    code = run(["restore", "one.tar.gz", "--data", "data/drill"])
    assert code == 2  # the key is not there yet
    (tmp_path / "drill").mkdir()
    shutil.copyfile(tmp_path / "data/secret_key", tmp_path / "drill/secret_key")
    capsys.readouterr()
    assert run(["restore", "one.tar.gz", "--data", "drill"]) == 0
    assert f"1 file was missing when it was made:\n  complaints/{gone.name}\n" in (
        capsys.readouterr().out
    )
