"""Entry: an officer sends the prices of a market on a day, once and for all or in parts.

What is sent again under the same UUID gets the first answer. What corrects an earlier quote of the
day supersedes it; both stay. A price that looks odd is stored and flagged, a slip is asked about.
"""

import datetime
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from civicapp import N_, Act, Person, audit
from civicapp_prices.domain.checks import Last, Reason, slip
from civicapp_prices.domain.quotes import PRICE, Fault, Given, Panel, Sent, read_price
from civicapp_prices.models import Entry, Quote
from civicapp_prices.permissions import ENTER, READ
from civicapp_prices.service.alike import around, clear
from civicapp_prices.service.errors import Forbidden, Invalid, Reused, Slip, Slipped, Unknown
from civicapp_prices.service.flags import LATER, Checked, peers_of
from civicapp_prices.service.past import Past, area_prices, past_of
from civicapp_prices.service.points import CURRENT, derive
from civicapp_prices.service.site import Site

FLAGGED = "prices.quote.flagged"


@dataclass(frozen=True, slots=True)
class Line:
    """A quote of an entry. state, reasons, version: None and () in a receipt where they changed."""

    id: int
    commodity: str
    slot: int
    outcome: str
    price: int | None
    unit: str
    state: str
    reasons: tuple[Reason, ...]
    version: int
    revision_of: int | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """An entry with its quotes in the order of the pack."""

    id: str
    market: str
    date: datetime.date
    method: str
    officer: str | None
    captured_at: datetime.datetime | None
    received_at: datetime.datetime
    late: bool
    lines: tuple[Line, ...]

    @property
    def flagged(self) -> tuple[Line, ...]:
        """Return the quotes that a supervisor looks at."""
        return tuple(line for line in self.lines if line.state == "flagged")


def send(session: Session, site: Site, person: Person, sent: Sent, by: Act) -> Receipt:
    """Take an entry; return what the first send of its UUID was answered.

    Raise Forbidden for a market outside the officer's area, Reused, Invalid with all faults at
    once, or Slipped with the prices to ask about.
    """
    id, body = _key(sent.id), sent.digest(person.id)
    if (known := session.get(Entry, id)) is not None:
        if known.body != body:
            raise Reused
        return _receipt(session, site, known, at_first=True)
    market = site.markets.get(sent.market)
    if market is not None and not person.rows(ENTER).allow(None, market.area):
        raise Forbidden
    if faults := check(site, sent, by.at):
        raise Invalid(faults)
    codes = {q.commodity for q in sent.quotes}
    past = past_of(session, sent.market, codes, sent.date)
    lasts = _lasts(session, site, sent, past)
    slips = _slips(site, sent, lasts)
    entry = _entry(site, sent, id, body, person, by.at)
    session.add(entry)
    old = _supersede(session, sent)
    quotes = _store(session, site, sent, old)
    peers = peers_of(session, site, sent.market, codes, sent.date)
    checked = Checked(site.config, past, lasts, peers, quotes, slips)
    flagged = [*checked.reasons(), *checked.overtaken(session)]
    _flag(session, site, flagged)
    _record(session, entry, quotes, old, by)
    for code, touched in _by_market(quotes, flagged).items():
        derive(session, site, code, sent.date, touched)
    clear(session, site, sent.date, by.at, codes, around(site, sent.market) or {sent.market})
    return _receipt(session, site, entry, at_first=True)


def check(site: Site, sent: Sent, at: datetime.datetime) -> tuple[Fault, ...]:
    """Find all that is wrong with an entry, whatever is on file."""
    panel = Panel(site.markets, site.commodities, site.units, site.today(at))
    return tuple(panel.faults(sent))


def _key(id: str) -> str:
    try:
        return str(uuid.UUID(id))
    except ValueError:
        what = N_("The key of an entry is a UUID.")
        raise Invalid([Fault("id", "bad-id", what)]) from None


def _lasts(session: Session, site: Site, sent: Sent, past: Past) -> dict[tuple[str, int], Last]:
    """Return what each price is compared with: the trader's last, the market's, or the area's."""
    found: dict[tuple[str, int], Last] = {}
    new = [q for q in sent.quotes if q.outcome == PRICE]
    for quote in new:
        if (last := past.last(quote.commodity, quote.slot)) is not None:
            found[quote.commodity, quote.slot] = last
    missing = {q.commodity for q in new if (q.commodity, q.slot) not in found}
    if missing:
        wide = area_prices(session, site, sent.market, missing, sent.date)
        for quote in new:
            if quote.commodity in wide:
                found.setdefault((quote.commodity, quote.slot), wide[quote.commodity])
    return found


def _slips(
    site: Site, sent: Sent, lasts: Mapping[tuple[str, int], Last]
) -> dict[tuple[str, int], Reason]:
    """Find slips; raise Slipped for those that the officer has not been asked about."""
    found: dict[tuple[str, int], Reason] = {}
    asked = []
    for n, quote in enumerate(sent.quotes):
        place = quote.commodity, quote.slot
        if quote.outcome != PRICE or (last := lasts.get(place)) is None:
            continue
        price = read_price(quote.price)
        reason = slip(price, last.price, site.config.slip_factor)
        if reason is None:
            continue
        found[place] = reason
        if not quote.confirmed:
            asked.append(Slip(n, *place, price, last.price, last.date, last.of))
    if asked:
        raise Slipped(asked)
    return found


def _entry(
    site: Site, sent: Sent, id: str, body: str, person: Person, at: datetime.datetime
) -> Entry:
    return Entry(
        id=id,
        body=body,
        market=sent.market,
        date=sent.date,
        officer=person.id,
        method=sent.method,
        captured_at=sent.captured_at and sent.captured_at.astimezone(datetime.UTC),
        received_at=at,
        late=at > closes(site, sent.date),
    )


def closes(site: Site, date: datetime.date) -> datetime.datetime:
    """Return the instant after which an entry of a day is late."""
    time = datetime.time.fromisoformat(site.config.survey_close)
    return datetime.datetime.combine(date, time, site.zone)


def _supersede(session: Session, sent: Sent) -> dict[tuple[str, int], Quote]:
    """Supersede the quotes that these correct; return the one before each, if there was one.

    A rejected quote stays rejected: the new one is its correction too.
    """
    places = {(q.commodity, q.slot) for q in sent.quotes}
    rows = session.scalars(
        select(Quote)
        .where(
            Quote.market == sent.market,
            Quote.date == sent.date,
            Quote.commodity.in_(sorted({code for code, _ in places})),
        )
        .order_by(Quote.id)
    )
    newest = {(q.commodity, q.slot): q for q in rows if (q.commodity, q.slot) in places}
    for quote in newest.values():
        if quote.state in CURRENT:
            quote.state = "superseded"
            quote.version += 1
    # Before the new ones: only one quote of a place may be current at any time.
    session.flush()
    return newest


def _store(
    session: Session, site: Site, sent: Sent, old: Mapping[tuple[str, int], Quote]
) -> list[Quote]:
    quotes = []
    for given in sent.quotes:
        before = old.get((given.commodity, given.slot))
        quotes.append(
            Quote(
                entry=_key(sent.id),
                market=sent.market,
                slot=given.slot,
                commodity=given.commodity,
                date=sent.date,
                outcome=given.outcome,
                price=_price(given),
                unit=site.commodities[given.commodity].unit or "",
                state="submitted",
                reasons=[],
                decided_by=None,
                decided_at=None,
                decision=None,
                revision_of=before.id if before is not None else None,
                version=1,
            )
        )
    session.add_all(quotes)
    session.flush()
    return quotes


def _price(given: Given) -> int | None:
    return read_price(given.price) if given.outcome == PRICE else None


def _flag(session: Session, site: Site, flagged: Iterable[tuple[Quote, list[Reason]]]) -> None:
    """Flag quotes and tell of each."""
    for quote, reasons in flagged:
        if any(LATER in reason for reason in reasons):
            quote.version += 1
        quote.state, quote.reasons = "flagged", list(reasons)
        data = {
            "market": quote.market,
            "commodity": quote.commodity,
            "date": quote.date.isoformat(),
        }
        site.emit(session, FLAGGED, str(quote.id), data)
    session.flush()


def _record(
    session: Session,
    entry: Entry,
    quotes: Sequence[Quote],
    old: Mapping[tuple[str, int], Quote],
    by: Act,
) -> None:
    """Write down who entered what, and each quote that was corrected with before and after."""
    after: dict[str, object] = {
        "market": entry.market,
        "date": entry.date.isoformat(),
        "quotes": len(quotes),
        "flagged": sum(q.state == "flagged" for q in quotes),
        "late": entry.late,
    }
    audit(session, by, ENTER, f"prices.entry:{entry.id}", after=after)
    for quote in quotes:
        before = old.get((quote.commodity, quote.slot))
        if before is not None:
            audit(
                session,
                by,
                ENTER,
                f"prices.quote:{before.id}",
                before={"outcome": before.outcome, "price": before.price},
                after={"outcome": quote.outcome, "price": quote.price, "revision": quote.id},
            )


def _by_market(
    quotes: Iterable[Quote], flagged: Iterable[tuple[Quote, list[Reason]]]
) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for quote in (*quotes, *(quote for quote, _ in flagged)):
        found.setdefault(quote.market, set()).add(quote.commodity)
    return found


def entry_of(session: Session, site: Site, person: Person, id: str) -> Receipt:
    """Return an entry as it stands now; raise Unknown for those outside the person's area."""
    try:
        found = session.get(Entry, _key(id))
    except Invalid:
        raise Unknown from None
    market = site.markets.get(found.market) if found is not None else None
    if found is None or market is None or not person.rows(READ).allow(None, market.area):
        raise Unknown
    return _receipt(session, site, found)


def _receipt(session: Session, site: Site, entry: Entry, *, at_first: bool = False) -> Receipt:
    """Read an entry. at_first: as it was answered when it came, whatever happened since."""
    order = {code: n for n, code in enumerate(site.commodities)}
    rows = sorted(
        session.scalars(select(Quote).where(Quote.entry == entry.id)),
        key=lambda q: (order.get(q.commodity, len(order)), q.commodity, q.slot),
    )
    return Receipt(
        entry.id,
        entry.market,
        entry.date,
        entry.method,
        entry.officer,
        entry.captured_at,
        entry.received_at,
        entry.late,
        tuple(_line(row, at_first=at_first) for row in rows),
    )


def _line(row: Quote, *, at_first: bool) -> Line:
    reasons = tuple(r for r in row.reasons if not (at_first and LATER in r))
    state, version = row.state, row.version
    if at_first:
        state, version = ("flagged" if reasons else "submitted"), 1
    return Line(
        row.id,
        row.commodity,
        row.slot,
        row.outcome,
        row.price,
        row.unit,
        state,
        reasons,
        version,
        row.revision_of,
    )
