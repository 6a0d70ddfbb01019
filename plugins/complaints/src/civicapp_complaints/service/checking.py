"""Check a report as it was typed: everything at once, field by field."""

from collections.abc import Iterator
from dataclasses import dataclass

from civicapp import N_
from civicapp_complaints.config import Category
from civicapp_complaints.domain.contact import Contact, read_contact
from civicapp_complaints.domain.errors import Refusal
from civicapp_complaints.domain.text import one_line, read_description
from civicapp_complaints.service.errors import Fault, Invalid, fault_of
from civicapp_complaints.service.place import Spot, read_spot
from civicapp_complaints.service.site import Site

LONGEST_LANDMARK = 200
FARTHEST_M = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A report as it was typed. answer: code of an answer to the category's question.

    lat, lon: WGS 84 degrees; else area_code: code of an area. language: the reporter's. channel:
    `web`, `app`, `api`, `officer`. share_contact: other bodies may get name and number too. draft:
    id of a draft whose photos belong to it.
    """

    category: str
    description: str = ""
    answer: str | None = None
    lat: float | None = None
    lon: float | None = None
    accuracy_m: float | None = None
    area_code: str = ""
    landmark: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    visibility: str = "private"
    share_contact: bool = False
    language: str = ""
    channel: str = "web"
    draft: str | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """A submission in which everything is right."""

    category: Category
    spot: Spot
    description: str
    landmark: str | None
    answer: str | None
    contact: Contact
    visibility: str


def check(site: Site, given: Submission, photos: int = 0) -> Checked:
    """Check a submission; raise Invalid with all its faults. photos: how many come with it.

    Touches no database: a form asks it step by step, and at the end.
    """
    faults: list[Fault] = []
    category = site.catalog.category(given.category)
    if category is None:
        faults.append(Fault("category", "category-unknown", N_("Choose a category from the list.")))
    spot = read_spot(site, category, (given.lat, given.lon), given.area_code.strip())
    if isinstance(spot, Fault):
        faults.append(spot)
    description = _description(site, given, photos, faults)
    contact, wrong = read_contact(given.name, given.email, given.phone, site.dialling)
    faults += map(fault_of, wrong)
    faults += _choices(site, given, category, photos)
    if faults or category is None or isinstance(spot, Fault):
        raise Invalid(faults)
    return Checked(
        category=category,
        spot=spot,
        description=description,
        landmark=one_line(given.landmark) or None,
        answer=given.answer if category.question else None,
        contact=contact,
        visibility="private" if category.sensitive else given.visibility,
    )


def _description(site: Site, given: Submission, photos: int, faults: list[Fault]) -> str:
    config = site.config
    try:
        return read_description(
            given.description,
            limit=config.description_limit,
            minimum=config.description_min,
            may_be_empty=photos > 0,
        )
    except Refusal as refusal:
        faults.append(fault_of(refusal))
        return ""


def _choices(
    site: Site, given: Submission, category: Category | None, photos: int
) -> Iterator[Fault]:
    asked = category is not None and category.question is not None and given.answer is not None
    if asked and category and site.catalog.answer(category, given.answer) is None:
        yield Fault("answer", "answer-unknown", N_("Choose one of the answers."))
    if given.visibility not in ("private", "public"):
        yield Fault("visibility", "choice", N_("Choose private or public."))
    if len(one_line(given.landmark)) > LONGEST_LANDMARK:
        message = N_("The landmark has more than %(limit)s letters. Shorten it.")
        yield Fault("landmark", "bad-text", message, {"limit": LONGEST_LANDMARK})
    if photos > site.config.photos:
        message = N_("At most %(limit)s photos fit. Take some out.")
        yield Fault("photos", "too-many", message, {"limit": site.config.photos})
    if given.accuracy_m is not None and not 0 <= given.accuracy_m <= FARTHEST_M:
        yield Fault("accuracy_m", "choice", N_("Give the accuracy in metres, or leave it out."))
