"""Photos: checked when they come, kept as they came, encoded anew by a job, reviewed one by one.

The original stays private. What is shown are two WebP files made of its pixels alone: no camera, no
place, no time of it goes along.
"""

import datetime
import hashlib
import io
import secrets
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from civicapp import N_, touch
from civicapp_complaints.config import ComplaintsConfig
from civicapp_complaints.domain.states import Actor, State
from civicapp_complaints.models import EventRow, Media, Report
from civicapp_complaints.service.effects import follow, tags_of
from civicapp_complaints.service.errors import Fault, Invalid
from civicapp_complaints.service.history import Deed, append, check_version
from civicapp_complaints.service.site import Site
from civicapp_complaints.service.views import PhotoView

JOB = "complaints.photo"
FORMATS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif")
MB = 1024 * 1024
SMALLEST = 16  # pixels of a side
ORIGINAL, LARGE, SMALL = "original", "large", "small"


@dataclass(frozen=True, slots=True)
class Upload:
    """A photo that was found sound by its header; `id` names its files."""

    id: str
    sha256: str
    mime: str
    size: int
    width: int
    height: int


def file_name(media: str, form: str = ORIGINAL) -> str:
    """Return the name of a photo's file in the FileStore."""
    return f"complaints/{media}-{form}"


def inspect_photo(content: bytes, config: ComplaintsConfig) -> Upload:
    """Check an upload by what it is, not by what it is called; raise Invalid.

    Reads the header alone: nothing is unpacked, so that a small file cannot fill the memory.
    """
    if len(content) > config.photo_mb * MB:
        message = N_("The photo has more than %(limit)s MB. Take a smaller one.")
        raise _refused("photo-size", message, limit=config.photo_mb)
    if content[4:8] == b"ftyp" and content[8:12] in HEIC:
        raise _refused("photo-heic", N_("This is a HEIC photo. Send it as JPEG."))
    width, height, mime = _header(content)
    if width * height > config.photo_megapixels * 1_000_000:
        message = N_("The photo has more than %(limit)s megapixels. Take a smaller one.")
        raise _refused("photo-pixels", message, limit=config.photo_megapixels)
    if min(width, height) < SMALLEST:
        raise _refused("photo-small", N_("The photo is too small to show anything."))
    digest = hashlib.sha256(content).hexdigest()
    return Upload(secrets.token_hex(16), digest, mime, len(content), width, height)


def _header(content: bytes) -> tuple[int, int, str]:
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(io.BytesIO(content), formats=tuple(FORMATS)) as image:
                return image.width, image.height, FORMATS[str(image.format)]
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise _refused("photo-pixels", N_("The photo is too large when unpacked.")) from None
    except Exception:
        message = N_("This is no photo that we can read. Send JPEG, PNG or WebP.")
        raise _refused("photo-kind", message) from None


def _refused(code: str, message: str, **words: object) -> Invalid:
    return Invalid([Fault("file", code, message, words)])


def room(
    session: Session, site: Site, *, report: str | None = None, draft: str | None = None
) -> int:
    """Say how many photos more a report or a draft may have."""
    return site.config.photos - _count(session, report, draft)


def _count(session: Session, report: str | None, draft: str | None) -> int:
    mine = Media.report == report if report else Media.draft == draft
    query = select(func.count()).select_from(Media).where(mine, Media.kind == "before")
    return session.scalar(query) or 0


def count_of_draft(session: Session, draft: str | None) -> int:
    """Count the photos of a draft."""
    return _count(session, None, draft) if draft else 0


def _check_room(session: Session, site: Site, report: str | None, draft: str | None) -> None:
    if room(session, site, report=report, draft=draft) < 1:
        message = N_("At most %(limit)s photos fit. Take some out.")
        raise _refused("too-many", message, limit=site.config.photos)


def add_to_draft(
    session: Session, site: Site, draft: str, upload: Upload, now: datetime.datetime
) -> PhotoView:
    """Keep a photo of a draft; its file has been put already. Raise Invalid if there is no room."""
    _check_room(session, site, None, draft)
    row = _row(session, site, upload, now)
    row.draft = draft
    last = session.scalar(select(func.max(Media.place)).where(Media.draft == draft))
    row.place = 0 if last is None else last + 1
    session.add(row)
    return view_of(row)


def add_to_report(
    session: Session,
    site: Site,
    report: Report,
    upload: Upload,
    now: datetime.datetime,
    by: str | None = None,
    version: int | None = None,
) -> PhotoView:
    """Keep a photo of a report; its file has been put already.

    by: account of the officer whose photo shows the work done; None: the reporter's. Raise Invalid
    if there is no room, or if the report is closed.
    """
    check_version(report, version)
    if report.state == State.CLOSED:
        raise _refused("closed", N_("The report is closed. Please send a new one."))
    if by is None:
        _check_room(session, site, report.id, None)
    row = _row(session, site, upload, now)
    row.report, row.officer, row.kind = report.id, by, "after" if by else "before"
    session.add(row)
    actor = Actor.HANDLER if by else Actor.REPORTER
    data = {"media": row.id}
    row.seq = append(session, report, Deed("add_photo", actor, now, by, data=data), report.state)
    if report.visibility == "public" and report.review_since is None:
        report.review_since = now  # the text was approved, this photo was not
    follow(session, site, report, "add_photo", hidden=True)
    return view_of(row)


def _row(session: Session, site: Site, upload: Upload, now: datetime.datetime) -> Media:
    site.enqueue(session, JOB, upload.id, {"media": upload.id})
    return Media(
        id=upload.id,
        report=None,
        draft=None,
        seq=None,
        place=0,
        kind="before",
        state="new",
        review="pending",
        sha256=upload.sha256,
        mime=upload.mime,
        size=upload.size,
        width=upload.width,
        height=upload.height,
        officer=None,
        created_at=now,
    )


def adopt(session: Session, draft: str, report: Report) -> None:
    """Give a draft's photos to the report that came of it."""
    mine = select(Media).where(Media.draft == draft).order_by(Media.place, Media.id)
    for place, row in enumerate(session.scalars(mine)):
        row.draft, row.report, row.seq, row.place = None, report.id, 1, place


def remove_from_draft(session: Session, draft: str, media: str) -> str | None:
    """Take a photo out of a draft; return its id, so that its files can be removed."""
    mine = delete(Media).where(Media.id == media, Media.draft == draft)
    return session.scalar(mine.returning(Media.id))


def photos_of(
    session: Session, *, report: str | None = None, draft: str | None = None
) -> tuple[PhotoView, ...]:
    """Return the photos of a report or a draft, in their order."""
    mine = Media.report == report if report else Media.draft == draft
    rows = session.scalars(
        select(Media).where(mine).order_by(Media.created_at, Media.place, Media.id)
    )
    return tuple(map(view_of, rows))


def view_of(row: Media) -> PhotoView:
    """Describe a photo."""
    return PhotoView(
        id=row.id,
        kind=row.kind,
        ready=row.state == "ready",
        broken=row.state == "broken",
        review=row.review,
        width=row.width,
        height=row.height,
        seq=row.seq,
    )


def has_new_photo(session: Session, report: Report) -> bool:
    """Tell whether the reporter added a photo since the last question."""
    asked = select(func.max(EventRow.seq)).where(
        EventRow.report == report.id, EventRow.action == "ask"
    )
    newest = select(func.max(Media.seq)).where(Media.report == report.id, Media.officer.is_(None))
    return (session.scalar(newest) or 0) > (session.scalar(asked) or 0)


def finish_photo(session: Session, site: Site, id: str, size: tuple[int, int] | None) -> bool:
    """Note that a photo can be shown, and how large it is; None: that it cannot be read.

    False when it is gone meanwhile: then its files have no owner.
    """
    row = session.get(Media, id)
    if row is None:
        return False
    row.state = "ready" if size else "broken"
    if size:
        row.width, row.height = size
    report = session.get(Report, row.report) if row.report else None
    if report is not None and report.published_at is not None and row.review == "approved":
        touch(session, *tags_of(site, report))
    return True


def named_files(session: Session) -> Iterator[str]:
    """Name the files that photos must have: the original, and what is shown once it is ready."""
    for id, state in session.execute(select(Media.id, Media.state)):
        yield file_name(id)
        if state == "ready":
            yield file_name(id, LARGE)
            yield file_name(id, SMALL)


def files_of(id: str) -> tuple[str, ...]:
    """Name all files that a photo can have."""
    return tuple(file_name(id, form) for form in (ORIGINAL, LARGE, SMALL))
