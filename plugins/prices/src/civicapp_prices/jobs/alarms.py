"""The alarm run, and telling offices of an alarm whose class changed."""

import datetime
from collections.abc import Mapping

import structlog
from sqlalchemy.orm import Session

from civicapp import BadTarget, ChannelOff, JobContext, Message, MissingSecret
from civicapp_prices.config import Recipient
from civicapp_prices.context import site_in
from civicapp_prices.models import Alarm, Series
from civicapp_prices.service.alarms import run_alarms
from civicapp_prices.service.bulk import rewrite
from civicapp_prices.service.scopes import code_of
from civicapp_prices.service.site import Site

Refs = Mapping[str, str | int]


def run(ctx: JobContext, _refs: Refs) -> None:
    """Bring the published alarms up to date, then the files, if they have changed."""
    site = site_in(ctx)
    found = run_alarms(ctx.db, site, datetime.datetime.now(datetime.UTC))
    if found.stored or ctx.key.startswith("import:"):
        ctx.db.write_now(rewrite, site, f"alarms:{ctx.key}")
    structlog.get_logger().info(
        "prices_alarms", series=found.series, stored=found.stored, told=found.told
    )


def notice(ctx: JobContext, refs: Refs) -> None:
    """Tell one recipient of one alarm, once."""
    site, id = site_in(ctx), int(refs["alarm"])
    recipient = next((r for r in site.config.recipients if r.id == refs["recipient"]), None)
    if recipient is None:
        return  # the pack names it no more
    try:
        target = recipient.target or (ctx.secret(recipient.secret) if recipient.secret else "")
        ctx.db.write_now(_send, ctx, site, id, recipient, target)
    except (ChannelOff, BadTarget, MissingSecret) as e:
        structlog.get_logger().warning(
            "notice_not_sent", job=ctx.job, recipient=recipient.id, reason=type(e).__name__
        )


def _send(
    session: Session, ctx: JobContext, site: Site, id: int, recipient: Recipient, target: str
) -> None:
    alarm = session.get(Alarm, id)
    if alarm is None:
        return
    series = session.get_one(Series, alarm.series)
    key = f"prices.notice:{id}:{recipient.id}"
    message = _message(ctx, site, alarm, series, recipient)
    ctx.outbox.notify(session, recipient.channel, target, message, key, about=f"prices.alarm:{id}")


def _message(
    ctx: JobContext, site: Site, alarm: Alarm, series: Series, recipient: Recipient
) -> Message:
    base = ctx.outbox.base_url
    area = code_of(series.scope)
    found = ctx.outbox.messages.render(
        "prices/mail/alarm.txt",
        recipient.language or site.region.languages[0],
        commodity=site.commodities[series.commodity].name,
        area=site.region.areas[area].title,
        alarm=alarm,
        link=f"{base}/prices/{series.commodity}?area={area}" if base else "",
    )
    data: dict[str, str | int] = {
        "kind": alarm.kind,
        "class": alarm.class_ or "",
        "month": alarm.month,
        "commodity": series.commodity,
        "area": area,
        "value": str(alarm.value),
    }
    return Message(found.subject, found.text, data)
