"""Sample reports for a demonstration: everyday problems in every state, none about a person."""

import datetime
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.orm import Session

from civicapp import Act, Area, Person, SeedContext
from civicapp_complaints.drawing import draw_photo
from civicapp_complaints.models import Report
from civicapp_complaints.service import officer, reporter
from civicapp_complaints.service.errors import Invalid
from civicapp_complaints.service.photos import (
    LARGE,
    SMALL,
    add_to_report,
    file_name,
    finish_photo,
    inspect_photo,
)
from civicapp_complaints.service.pictures import encode
from civicapp_complaints.service.read import suggested
from civicapp_complaints.service.review import Review, review
from civicapp_complaints.service.site import Site
from civicapp_complaints.service.submit import Submission, submit
from civicapp_complaints.stories import SENSITIVE, Story, stories

REPLIES = (
    "Terima kasih. Petugas kami akan memeriksa tempatnya besok pagi.",
    "Sudah kami jadwalkan bersama pekerjaan di ruas jalan yang sama.",
    "Bahan sedang dipesan. Kami kabari lagi begitu pekerjaan dimulai.",
)
DONE = (
    "Sudah selesai dikerjakan dan diperiksa kembali di tempat.",
    "Pekerjaan selesai hari ini. Petugas memastikan tempatnya aman.",
)
QUESTION = "Boleh sebutkan patokan terdekat agar petugas mudah menemukannya?"
WAIT = "Menunggu bahan datang; dikerjakan bersama ruas di sebelahnya."
AGAIN = "Sudah diperbaiki sebagian saja, bagian ujung masih sama seperti dulu."

# How far a report came, and after how many days at most; of what is open little is late.
FATES = (
    ("new", 2),
    ("closed", 40),
    ("accepted", 5),
    ("replied", 8),
    ("new", 4),
    ("resolved", 20),
    ("scheduled", 9),
    ("closed", 35),
    ("asked", 6),
    ("new", 14),
    ("handed_over", 12),
    ("accepted", 25),
    ("disputed", 30),
    ("closed", 28),
    ("closed", 12),
)
TOLD_IN = "id"
LED_BY = ("desk", "handler", "reviewer")
PUBLISHED, WAITING = 60, 10
MOST_PHOTOS = 18
HOUR = datetime.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Plan:
    """One report to make: which story, where, how long ago, how far it came."""

    story: Story
    area: Area
    age: datetime.timedelta
    fate: str
    visibility: str
    published: bool
    photo: int | None = None


def demo(ctx: SeedContext) -> None:
    """Make the sample reports, once: nothing is added where there are reports already.

    Nor where nobody reads the language that they are told in, or a role is missing that leads them.
    """
    site = Site(region=ctx.region, cipher=ctx.cipher)
    if TOLD_IN not in ctx.region.languages or not ctx.region.roles.keys() >= set(LED_BY):
        return
    if ctx.db.read_now(lambda s: s.scalar(select(Report.id).limit(1))) is not None:
        return
    now = datetime.datetime.now(datetime.UTC)
    for plan in _plans(site):
        report = ctx.db.write_now(_submit, site, plan, now)
        if report is not None:
            photos = _add_photo(ctx, site, plan, report, now)
            _lead(ctx, site, plan, report, now)
            _publish(ctx, site, plan, report, photos, now)


def _plans(site: Site) -> Iterator[Plan]:
    chance = random.Random("civicapp")  # noqa: S311 - the same samples every time, no secret
    areas = _narrow(site)
    if not areas:
        return
    crowded, photos = _crowded(site, areas), 0
    known = [s for s in stories() if site.catalog.category(s.category) is not None]
    for n in range(max(len(known), PUBLISHED + WAITING) if known else 0):
        story = known[n % len(known)]
        where = chance.choice(crowded if n % 3 else areas)
        fate, days = FATES[n % len(FATES)] if n < PUBLISHED else ("new", 3)
        age = HOUR * chance.randrange(days * 12 if days > 9 else 1, days * 24)
        has_photo = bool(story.picture) and n < PUBLISHED + WAITING and photos < MOST_PHOTOS
        photos += has_photo
        visibility = "public" if n < PUBLISHED + WAITING else "private"
        photo = n if has_photo else None
        yield Plan(story, where, age, fate, visibility, n < PUBLISHED, photo)
    for story in stories(SENSITIVE):
        if site.catalog.category(story.category) is not None:
            age = HOUR * chance.randrange(2, 20)
            yield Plan(story, chance.choice(crowded), age, "new", "private", published=False)


def _narrow(site: Site) -> list[Area]:
    """Return the narrowest areas of which a point inside is known."""
    levels = list(site.region.levels)
    known = [a for a in site.region.areas.values() if a.lat is not None]
    own = [a for a in known if site.region.areas.own(a.code)]
    last = max((levels.index(a.level) for a in own), default=0)
    return [a for a in own if levels.index(a.level) == last]


def _crowded(site: Site, areas: list[Area]) -> list[Area]:
    """Return the places in the most crowded part of the region: most reports come from there."""
    parts = site.region.areas.children(None)
    top = max(parts, key=lambda a: (a.population or 0) / (a.area_km2 or 1), default=None)
    return [a for a in areas if top is not None and top.code in a.path] or areas


def _submit(session: Session, site: Site, plan: Plan, now: datetime.datetime) -> Report | None:
    category = site.catalog.category(plan.story.category)
    answers = site.catalog.answers(category) if category and category.question else ()
    given = Submission(
        category=plan.story.category,
        description=plan.story.text,
        answer=answers[-1].code if answers else None,
        lat=plan.area.lat,
        lon=plan.area.lon,
        landmark=plan.story.landmark,
        visibility=plan.visibility,
        language=site.region.languages[0],
        channel="web",
    )
    try:
        receipt = submit(session, site, given, now - plan.age)
    except Invalid:
        return None  # another pack's categories may ask for more
    return session.get(Report, receipt.id)


def _add_photo(
    ctx: SeedContext, site: Site, plan: Plan, report: Report, now: datetime.datetime
) -> Mapping[str, bool]:
    """Add a drawn photo, encoded at once; return it as approved."""
    if plan.photo is None:
        return {}
    content = draw_photo(plan.story.picture, plan.photo)
    upload = inspect_photo(content, site.config)
    made = encode(content, site.config.photo_megapixels)
    ctx.files.put_now(file_name(upload.id), content)
    ctx.files.put_now(file_name(upload.id, LARGE), made.large)
    ctx.files.put_now(file_name(upload.id, SMALL), made.small)

    def keep(session: Session) -> None:
        own = session.get_one(Report, report.id)
        add_to_report(session, site, own, upload, _after(now, plan, 0.01))
        session.flush()
        finish_photo(session, site, upload.id, (made.width, made.height))

    ctx.db.write_now(keep)
    return {upload.id: True}


Step = tuple[float, str, Mapping[str, str]]


def _steps(plan: Plan, now: datetime.datetime) -> Iterator[Step]:
    """List what officers do with a report: after which share of its age, what, with what."""
    n = int(plan.age / HOUR)
    yield 0.2, "accept", {}
    if plan.fate == "replied":
        yield 0.4, "reply", {"text": REPLIES[n % len(REPLIES)]}
    if plan.fate == "asked":
        yield 0.4, "ask", {"question": QUESTION}
    if plan.fate == "scheduled":
        day = now.date() + datetime.timedelta(days=4 + n % 5)
        yield 0.4, "schedule", {"promised_on": day.isoformat(), "reason": WAIT}
    if plan.fate in ("resolved", "closed", "disputed"):
        yield 0.6, "resolve", {"note": DONE[n % len(DONE)]}


def _lead(ctx: SeedContext, site: Site, plan: Plan, report: Report, now: datetime.datetime) -> None:
    """Lead a report through the hands of officers, as far as planned."""
    if plan.fate == "new" or report.agency is None:
        return
    if plan.fate == "handed_over":
        other = suggested(site, report)
        if other is not None:
            given = {"body": other.code, "channel": "letter", "contact_shared": "false"}
            desk = ctx.officer("desk")
            _do(ctx, site, desk, report, (0.3, "hand_over", given), _after(now, plan, 0.3))
        return
    handler = ctx.officer("handler", report.agency, report.area)
    for step in _steps(plan, now):
        _do(ctx, site, handler, report, step, _after(now, plan, step[0]))
    end = MappingProxyType({"closed": ("confirm", ""), "disputed": ("dispute", AGAIN)})
    if plan.fate in end:
        action, text = end[plan.fate]
        wish = reporter.Wish(action=action, text=text)
        ctx.db.write_now(_wish, site, report.id, wish, _after(now, plan, 0.8))


def _do(
    ctx: SeedContext,
    site: Site,
    person: Person,
    report: Report,
    step: Step,
    at: datetime.datetime,
) -> None:
    _, action, given = step
    act = Act(actor=person.id, at=at)
    if action == "reply":
        text = officer.Reply(text=given["text"])
        ctx.db.write_now(officer.reply, site, person, report.id, text, act)
    else:
        order = officer.Order(action=action, carried=given)
        ctx.db.write_now(officer.act, site, person, report.id, order, act)


def _wish(
    session: Session, site: Site, id: str, wish: reporter.Wish, at: datetime.datetime
) -> None:
    reporter.act(session, site, session.get_one(Report, id), wish, at)


def _publish(
    ctx: SeedContext,
    site: Site,
    plan: Plan,
    report: Report,
    photos: Mapping[str, bool],
    now: datetime.datetime,
) -> None:
    if plan.published:
        reviewer = ctx.officer("reviewer")
        decision = Review(approve=True, text=plan.story.text, photos=photos)
        act = Act(actor=reviewer.id, at=_after(now, plan, 0.9))
        ctx.db.write_now(lambda s: review(s, site, reviewer, report.id, decision, act))


def _after(now: datetime.datetime, plan: Plan, share: float) -> datetime.datetime:
    """Return the moment when a share of the report's age had gone by."""
    return now - plan.age * (1 - share)
