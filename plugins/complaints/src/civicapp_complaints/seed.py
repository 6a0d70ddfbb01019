"""Sample reports for a demonstration: everyday problems in every state, none about a person."""

import datetime
import random
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from civicapp import Act, Area, SeedContext
from civicapp_complaints.models import Report
from civicapp_complaints.service import officer, reporter
from civicapp_complaints.service.errors import Invalid
from civicapp_complaints.service.review import Review, review
from civicapp_complaints.service.site import Site
from civicapp_complaints.service.submit import Submission, submit

# Category, what is written, where exactly.
STORIES = (
    ("road.pothole", "Jalan berlubang cukup dalam, motor sering oleng kalau malam.", "dekat pasar"),
    ("road.pothole", "Aspal terkelupas sepanjang kira-kira sepuluh meter.", "depan sekolah"),
    (
        "road.pothole",
        "Lubang tergenang air saat hujan, jadi tidak terlihat.",
        "sebelum jembatan",
    ),
    ("road.pothole", "Bahu jalan ambles setelah hujan deras kemarin.", "tikungan dekat masjid"),
    ("road.light", "Lampu jalan mati sejak Jumat, jadi gelap sekali.", "gang dekat puskesmas"),
    ("road.light", "Tiga lampu berturut-turut tidak menyala.", "depan kantor kelurahan"),
    ("road.light", "Lampu menyala siang hari, malam malah mati.", "sebelah lapangan"),
    ("road.sidewalk", "Ubin trotoar pecah, kursi roda tidak bisa lewat.", "depan taman"),
    ("road.sign", "Rambu berhenti roboh dan tergeletak di pinggir jalan.", "simpang tiga"),
    ("road.bridge", "Papan jembatan lapuk dan sudah ada yang jatuh.", "jembatan kecil dekat sawah"),
    ("water.drain", "Selokan mampet, air meluap ke jalan tiap hujan.", "belakang ruko"),
    (
        "water.drain",
        "Saluran penuh lumpur dan daun, lama tidak dikeruk.",
        "depan balai warga",
    ),
    ("water.cover", "Penutup selokan hilang, berbahaya untuk anak-anak.", "depan sekolah dasar"),
    ("water.flood", "Jalan tergenang setinggi betis setiap hujan satu jam.", "pertigaan pasar"),
    ("water.tap", "Air PDAM keruh sejak tiga hari lalu.", "blok belakang perumahan"),
    ("water.tap", "Pipa bocor di pinggir jalan, air terbuang terus.", "dekat warung makan"),
    ("waste.pile", "Sampah menumpuk di TPS, sudah seminggu tidak diangkut.", "TPS dekat pasar"),
    ("waste.pile", "Kontainer sampah penuh dan baunya sampai ke jalan.", "belakang terminal"),
    ("waste.dump", "Ada yang membuang sampah di tepi kali setiap malam.", "tepi kali"),
    ("waste.burn", "Sampah dibakar di lahan kosong, asapnya ke rumah warga.", "lahan kosong"),
    ("env.tree", "Dahan besar menggantung di atas kabel, rawan jatuh.", "depan kantor pos"),
    ("env.tree", "Pohon tumbang menutup setengah jalan.", "jalan menuju bukit"),
    ("env.park", "Ayunan di taman rusak, rantainya putus.", "taman bermain"),
    ("traffic.jam", "Lampu lalu lintas berkedip kuning terus sejak pagi.", "simpang empat"),
    ("traffic.parking", "Mobil parkir di dua sisi jalan sampai angkot tidak lewat.", "depan toko"),
    ("utility.power", "Tiang listrik miring setelah tertabrak truk.", "dekat gudang"),
    ("utility.cable", "Kabel menjuntai rendah, hampir kena pengendara.", "depan minimarket"),
    ("order.poster", "Spanduk lama menutupi rambu dan mulai robek.", "bundaran"),
    ("order.traders", "Lapak di trotoar membuat pejalan kaki turun ke jalan.", "depan stasiun"),
    ("econ.market", "Atap pasar bocor, lapak sayur kena air hujan.", "blok tengah pasar"),
)
REPLIES = (
    "Terima kasih. Petugas kami akan memeriksa tempatnya besok pagi.",
    "Sudah kami jadwalkan bersama pekerjaan di ruas jalan yang sama.",
    "Bahan sedang dipesan. Kami kabari lagi begitu pekerjaan dimulai.",
)
DONE = (
    "Sudah selesai dikerjakan dan diperiksa kembali di tempat.",
    "Pekerjaan selesai hari ini. Petugas memastikan tempatnya aman.",
)
FATES = ("new", "new", "accepted", "accepted", "replied", "asked", "resolved", "closed", "closed")
PUBLIC, WAITING, PRIVATE = 60, 8, 8


@dataclass(frozen=True, slots=True)
class Plan:
    """One report to make: what is written, where, how long ago, and how far it came."""

    category: str
    text: str
    landmark: str
    area: Area
    age: datetime.timedelta
    fate: str
    visibility: str
    published: bool


def demo(ctx: SeedContext) -> None:
    """Make the sample reports, once: nothing is added where there are reports already."""
    site = Site(region=ctx.region, cipher=ctx.cipher)
    if ctx.db.read_now(lambda s: s.scalar(select(Report.id).limit(1))) is not None:
        return
    now = datetime.datetime.now(datetime.UTC)
    for plan in _plans(site):
        report = ctx.db.write_now(_submit, site, plan, now)
        if report is not None:
            _lead(ctx, site, plan, report, now)


def _plans(site: Site) -> Iterator[Plan]:
    chance = random.Random("civicapp")  # noqa: S311 - the same samples every time, no secret
    own = [a for a in site.region.areas.values() if site.region.areas.own(a.code)]
    areas = [a for a in own if a.lat is not None]
    areas = [a for a in areas if _narrow(site, a)] or areas
    known = [s for s in STORIES if site.catalog.category(s[0]) is not None]
    if not areas or not known:
        return
    crowded = _crowded(site, areas)
    for n in range(PUBLIC + WAITING + PRIVATE):
        category, text, landmark = known[n % len(known)]
        where = chance.choice(crowded if n % 3 else areas)
        age = datetime.timedelta(hours=chance.randrange(2, 24 * 40))
        fate = FATES[n % len(FATES)] if n < PUBLIC else "new"
        public = n < PUBLIC + WAITING
        visibility = "public" if public else "private"
        yield Plan(category, text, landmark, where, age, fate, visibility, n < PUBLIC)


def _narrow(site: Site, area: Area) -> bool:
    """Tell whether an area is narrow enough to stand for a place."""
    return list(site.region.levels).index(area.level) >= 2


def _crowded(site: Site, areas: list[Area]) -> list[Area]:
    """Return the places in the most crowded part of the region: most reports come from there."""
    parts = site.region.areas.children(None)
    top = max(parts, key=lambda a: (a.population or 0) / (a.area_km2 or 1), default=None)
    return [a for a in areas if top is not None and top.code in a.path] or areas


def _submit(session: Session, site: Site, plan: Plan, now: datetime.datetime) -> Report | None:
    category = site.catalog.category(plan.category)
    question = site.catalog.question(category) if category else None
    answers = site.catalog.answers(category) if category and question else ()
    given = Submission(
        category=plan.category,
        description=plan.text,
        answer=answers[-1].code if answers else None,
        lat=plan.area.lat,
        lon=plan.area.lon,
        landmark=plan.landmark,
        visibility=plan.visibility,
        language=site.region.languages[0],
        channel="web",
    )
    try:
        receipt = submit(session, site, given, now - plan.age)
    except Invalid:
        return None  # another pack's categories may ask for more
    return session.get(Report, receipt.id)


def _lead(ctx: SeedContext, site: Site, plan: Plan, report: Report, now: datetime.datetime) -> None:
    """Lead a report through the hands of officers, as far as planned."""
    if plan.published:
        reviewer = ctx.officer("reviewer")
        decision = Review(approve=True, text=plan.text)
        at = _after(now, plan, 0.1)
        ctx.db.write_now(lambda s: review(s, site, reviewer, report.id, decision, Act(at=at)))
    if plan.fate == "new" or report.agency is None:
        return
    handler = ctx.officer("handler", report.agency, report.area)
    orders: list[tuple[float, officer.Order | officer.Reply]]
    orders = [(0.2, officer.Order(action="accept"))]
    if plan.fate == "replied":
        orders.append((0.4, officer.Reply(text=REPLIES[plan.age.seconds % len(REPLIES)])))
    if plan.fate == "asked":
        question = {"question": "Boleh sebutkan patokan terdekat agar petugas mudah menemukannya?"}
        orders.append((0.4, officer.Order(action="ask", carried=question)))
    if plan.fate in ("resolved", "closed"):
        note = {"note": DONE[plan.age.seconds % len(DONE)]}
        orders.append((0.6, officer.Order(action="resolve", carried=note)))
    for share, order in orders:
        act = Act(at=_after(now, plan, share))
        if isinstance(order, officer.Reply):
            ctx.db.write_now(officer.reply, site, handler, report.id, order, act)
        else:
            ctx.db.write_now(officer.act, site, handler, report.id, order, act)
    if plan.fate == "closed":
        ctx.db.write_now(_confirm, site, report.id, _after(now, plan, 0.8))


def _confirm(session: Session, site: Site, id: str, at: datetime.datetime) -> None:
    reporter.act(session, site, session.get_one(Report, id), reporter.Wish(action="confirm"), at)


def _after(now: datetime.datetime, plan: Plan, share: float) -> datetime.datetime:
    """Return the moment when a share of the report's age had gone by."""
    return now - plan.age * (1 - share)
