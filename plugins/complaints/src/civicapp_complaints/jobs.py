"""Background work of complaints: photos, messages, what is forgotten, who works on what.

Every job may run twice: what it does is done once by its key, or does not matter twice.
"""

import datetime
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.orm import Session

from civicapp import BadTarget, ChannelOff, JobContext, Message
from civicapp_complaints.context import site_in
from civicapp_complaints.models import Handover, Media, Report
from civicapp_complaints.service.drafts import expire_drafts
from civicapp_complaints.service.handover import write_letter
from civicapp_complaints.service.links import derived_secret
from civicapp_complaints.service.notices import LINK, Notice, notice_of, way_to
from civicapp_complaints.service.photos import LARGE, SMALL, file_name, files_of, finish_photo
from civicapp_complaints.service.pictures import BrokenPhoto, encode
from civicapp_complaints.service.requeue import misplaced, requeue

if TYPE_CHECKING:
    from civicapp_complaints.service.site import Site

Refs = Mapping[str, str | int]


def photo(ctx: JobContext, refs: Refs) -> None:
    """Encode a photo anew, so that it can be shown without what it carried."""
    id = str(refs["media"])
    row = ctx.db.read_now(lambda s: s.get(Media, id))
    if row is None or row.state != "new":
        return
    site = site_in(ctx)
    try:
        made = encode(ctx.files.get_now(file_name(id)), site.config.photo_megapixels)
    except BrokenPhoto:
        ctx.db.write_now(finish_photo, site, id, None)
        return
    for form, content in ((LARGE, made.large), (SMALL, made.small)):
        # A run that broke off may have left a file behind; ours is whole.
        ctx.files.delete_now(file_name(id, form))
        ctx.files.put_now(file_name(id, form), content)
    if not ctx.db.write_now(finish_photo, site, id, (made.width, made.height)):
        _remove(ctx, id)


def _remove(ctx: JobContext, id: str) -> None:
    for name in files_of(id):
        ctx.files.delete_now(name)


def notice(ctx: JobContext, refs: Refs) -> None:
    """Tell a reporter of an event, if there is a way to."""
    site, report, seq = site_in(ctx), str(refs["report"]), int(refs["seq"])

    def run(session: Session) -> None:
        found = notice_of(session, site, report, seq)
        if found is not None:
            message = _message(ctx, site, found)
            key = f"complaints.notice:{report}:{seq}"
            ctx.outbox.notify(
                session, found.channel, found.target, message, key, about=_about(found.number)
            )

    _unless_off(ctx, run)


def _message(ctx: JobContext, site: "Site", found: Notice) -> Message:
    return ctx.outbox.messages.render(
        "complaints/mail/notice.txt",
        found.language,
        number=found.number,
        what=found.what,
        due=site.local(found.due_at, found.area).date() if found.due_at else None,
        link=_link(ctx, found.secret),
        **found.data,
    )


def _link(ctx: JobContext, secret: str) -> str:
    base = ctx.outbox.base_url
    return f"{base}{LINK}{secret}" if base else ""


def _about(number: str) -> str:
    return f"complaints.report:{number}"


def _unless_off(ctx: JobContext, run: Callable[[Session], None]) -> None:
    """Do it, unless this host has no such channel, or the address is none: then nobody is told."""
    try:
        ctx.db.write_now(run)
    except (ChannelOff, BadTarget) as e:
        structlog.get_logger().warning("notice_not_sent", job=ctx.job, reason=type(e).__name__)


def resend(ctx: JobContext, refs: Refs) -> None:
    """Send a new link to a report's own address."""
    site, report_id, ticket = site_in(ctx), str(refs["report"]), str(refs["ticket"])

    def run(session: Session) -> None:
        report = session.get(Report, report_id)
        way = way_to(session, site, report) if report else None
        if report is None or way is None:
            return
        secret, number = derived_secret(site, f"mail:{ticket}"), site.shown(report.number)
        message = ctx.outbox.messages.render(
            "complaints/mail/link.txt",
            report.language or site.region.languages[0],
            number=number,
            secret=secret,
            link=_link(ctx, secret),
        )
        key = f"complaints.resend:{ticket}"
        ctx.outbox.notify(session, *way, message, key, about=_about(number))

    _unless_off(ctx, run)


def forward(ctx: JobContext, refs: Refs) -> None:
    """Send the letter of a hand-over to another body by e-mail."""
    site, report_id, seq = site_in(ctx), str(refs["report"]), int(refs["seq"])
    now = datetime.datetime.now(datetime.UTC)

    def run(session: Session) -> None:
        report = session.get(Report, report_id)
        handover = session.get(Handover, (report_id, seq))
        channel = site.config.email_channel
        if report is None or handover is None or handover.email is None or channel is None:
            return
        message = ctx.outbox.messages.render(
            "complaints/mail/letter.txt",
            handover.language,
            write=partial(write_letter, session, site, report, handover),
        )
        key = f"complaints.forward:{report_id}:{seq}"
        about = _about(site.shown(report.number))
        ctx.outbox.notify(session, channel, handover.email, message, key, about=about)
        handover.sent_at = handover.sent_at or now

    _unless_off(ctx, run)


def forget_drafts(ctx: JobContext, _refs: Refs) -> None:
    """Forget drafts of yesterday, then the files of their photos."""
    now = datetime.datetime.now(datetime.UTC)
    while photos := ctx.db.write_now(expire_drafts, now):
        for id in photos:
            _remove(ctx, id)


def move_queues(ctx: JobContext, _refs: Refs) -> None:
    """Put reports to the agency that has an officer now, and to the desk where none is left."""
    site = site_in(ctx)
    if ctx.db.read_now(misplaced, site):
        ctx.db.write_now(requeue, site)
