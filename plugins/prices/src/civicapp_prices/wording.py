"""Wording: faults, slips and reasons of flags as sentences, in the reader's language."""

import datetime
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from civicapp import N_, Localized
from civicapp_prices.domain.checks import FLAT, JUMP, PEERS, SAME, SLIP, Reason
from civicapp_prices.domain.quotes import Fault
from civicapp_prices.service.errors import Slip

if TYPE_CHECKING:
    from civicapp.web import WebContext

REUSED = N_("This entry was sent before with other prices. To correct them, send a new one.")
SURE = N_("Mend the price, or say that it is right.")
NOT_YOURS = N_("This market is not in your area.")
DECIDED = N_("Someone has decided about this price already.")
CHANGED = N_("Someone else has decided or corrected this price meanwhile. Look at it again.")


def said(ctx: "WebContext", fault: Fault) -> str:
    """Write what is wrong with a field."""
    words = {name: _word(ctx, value) for name, value in fault.words.items()}
    return ctx.gettext(fault.message, **words)


def _word(ctx: "WebContext", value: object) -> object:
    if isinstance(value, Localized):
        return ctx.text(value)
    return ctx.date(value) if isinstance(value, datetime.date) else value


def question(ctx: "WebContext", slip: Slip, today: datetime.date) -> str:
    """Ask about a price: `Rp142.000? Kemarin Rp14.200.`"""
    words = {"price": ctx.money(slip.price), "last": ctx.money(slip.last)}
    if slip.of == "area":
        return ctx.gettext("%(price)s? Elsewhere in the area it is %(last)s.", **words)
    if slip.last_on == today - datetime.timedelta(days=1):
        return ctx.gettext("%(price)s? Yesterday %(last)s.", **words)
    date = ctx.date(slip.last_on, "medium")
    return ctx.gettext("%(price)s? On %(date)s it was %(last)s.", date=date, **words)


def why(ctx: "WebContext", reason: Reason) -> str:
    """Say why a price is flagged."""
    code, words = str(reason.get("code")), _words(ctx, reason)
    message = MESSAGES.get((code, _kind(reason)))
    return ctx.gettext(message, **words) if message else code


def _kind(reason: Reason) -> str:
    """Tell apart the cases of one code: up or down, by score or by share."""
    if reason["code"] == PEERS:
        if "score" in reason:
            return "above" if float(reason["score"]) > 0 else "below"
        return "more" if float(reason["off"]) > 0 else "less"
    if reason["code"] == JUMP:
        return "up" if float(reason["change"]) > 0 else "down"
    return str(reason.get("way", ""))


MESSAGES: Mapping[tuple[str, str], str] = {
    (SLIP, "up"): N_(
        "%(times)s times as high as %(last)s on %(last_on)s. The officer says it is right."
    ),
    (SLIP, "down"): N_(
        "%(times)s times as low as %(last)s on %(last_on)s. The officer says it is right."
    ),
    (PEERS, "above"): N_(
        "Far above the other prices of the day: their middle is %(median)s, from %(n)s prices "
        "(score %(score)s, limit %(limit)s)."
    ),
    (PEERS, "below"): N_(
        "Far below the other prices of the day: their middle is %(median)s, from %(n)s prices "
        "(score %(score)s, limit %(limit)s)."
    ),
    (PEERS, "more"): N_("%(off)s above %(median)s, the middle of the day's %(n)s prices."),
    (PEERS, "less"): N_("%(off)s below %(median)s, the middle of the day's %(n)s prices."),
    (JUMP, "up"): N_(
        "Rose by %(change)s since %(last_on)s. It seldom moves more than %(usual)s at once."
    ),
    (JUMP, "down"): N_(
        "Fell by %(change)s since %(last_on)s. It seldom moves more than %(usual)s at once."
    ),
    (FLAT, ""): N_(
        "The same price %(quotes)s times in a row since %(since)s. Is it still asked for?"
    ),
    (SAME, ""): N_("All traders ask the same for each of %(commodities)s goods. Was it copied?"),
}
MONEY, SHARES, DATES = ("last", "median", "mad"), ("off", "change", "usual"), ("last_on", "since")


def _words(ctx: "WebContext", reason: Reason) -> dict[str, str]:
    found = {}
    for name, value in reason.items():
        if name in MONEY:
            found[name] = ctx.money(Decimal(str(value)))
        elif name in SHARES:
            found[name] = ctx.percent(abs(float(value)))
        elif name in DATES:
            found[name] = ctx.date(datetime.date.fromisoformat(str(value)), "medium")
        elif isinstance(value, int | float):
            found[name] = ctx.number(abs(value), 2)
    return found
