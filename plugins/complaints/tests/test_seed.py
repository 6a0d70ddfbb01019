"""The sample reports of a demonstration, in the real packs."""

import datetime
from pathlib import Path

import pytest
from civicapp_complaints.config import ComplaintsConfig
from civicapp_complaints.models import EventRow, Media, Party, Report
from civicapp_complaints.service.photos import file_name
from sqlalchemy import func, select

from civicapp.backing import Backing, prepare
from civicapp.cli.demonstration import sign_ins
from civicapp.kernel import boot
from civicapp.settings import Settings


def backing(region: str, folder: Path) -> Backing:
    kernel = boot(region, settings=Settings(demo=True)).kernel
    assert kernel is not None
    made = prepare(kernel, folder)
    assert isinstance(made, Backing)
    return made


@pytest.mark.parametrize("region", ["lampung", "indonesia"])
def test_a_demonstration_has_reports_in_every_state(region, tmp_path):
    kept = backing(region, tmp_path)
    list(sign_ins(kept, "http://127.0.0.1:8000"))

    def look(session):
        states = session.execute(
            select(Report.state, func.count())
            .where(Report.review == "approved", Report.visibility == "public")
            .group_by(Report.state)
        )
        return dict(states.all()), session.scalar(select(func.count()).select_from(Party))

    states, parties = kept.database.read_now(look)
    assert sum(states.values()) >= 50
    assert {"routed", "in_progress", "waiting_reporter", "resolved", "closed"} <= set(states)
    assert {"scheduled", "handed_over"} <= set(states)
    assert parties == 0  # nobody's address or number is made up


def test_the_samples_are_made_once_and_look_back_in_time(tmp_path):
    kept = backing("lampung", tmp_path)
    list(sign_ins(kept, "http://x"))
    count = lambda s: s.scalar(select(func.count()).select_from(Report))  # noqa: E731
    before = kept.database.read_now(count)
    list(sign_ins(kept, "http://x"))
    assert kept.database.read_now(count) == before

    def order(session):
        rows = session.execute(select(EventRow.report, EventRow.seq, EventRow.at))
        return rows.all()

    last: dict[str, datetime.datetime] = {}
    for report, seq, at in sorted(kept.database.read_now(order)):
        assert last.get(report, at) <= at, (report, seq)
        last[report] = at


def test_some_samples_have_drawn_photos_and_what_is_sensitive_stays_private(tmp_path):
    kept = backing("lampung", tmp_path)
    list(sign_ins(kept, "http://x"))
    media = kept.database.read_now(lambda s: list(s.scalars(select(Media))))
    assert len(media) >= 10
    assert {(m.state, m.mime) for m in media} == {("ready", "image/jpeg")}
    assert kept.files.get_now(file_name(media[0].id, "small"))[8:12] == b"WEBP"
    reports = kept.database.read_now(lambda s: list(s.scalars(select(Report))))
    config = kept.kernel.region.config("complaints", ComplaintsConfig)
    sensitive = {c.code for c in config.categories if c.sensitive}
    hidden = [r for r in reports if r.category in sensitive]
    assert hidden
    assert {r.visibility for r in hidden} == {"private"}
    published = [r.description for r in reports if r.published_at]
    assert len(set(published)) == len(published)
