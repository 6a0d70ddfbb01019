"""Reports that are being written, for forms of several pages: encrypted, forgotten after a day."""

import datetime
import json
import secrets
from collections.abc import Mapping

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from civicapp import Sealed
from civicapp_complaints.domain.number import digest_of, new_secret
from civicapp_complaints.models import Draft, Media
from civicapp_complaints.service.errors import Unknown
from civicapp_complaints.service.site import Site

LASTS = datetime.timedelta(hours=24)
LONGEST = 40_000  # characters of a draft's JSON


def start_draft(
    session: Session, site: Site, content: Mapping[str, str], now: datetime.datetime
) -> str:
    """Begin a draft; return the secret for its cookie. content: the fields of the form as typed."""
    secret = new_secret()
    id = secrets.token_hex(16)
    session.add(
        Draft(
            id=id,
            digest=digest_of(secret).hex(),
            content=_sealed(site, id, content),
            created_at=now,
            expires_at=now + LASTS,
        )
    )
    return secret


def load_draft(
    session: Session, site: Site, secret: str, now: datetime.datetime
) -> tuple[str, dict[str, str]]:
    """Return id and fields of a draft; raise Unknown when there is none, or it is too old."""
    row = _row(session, secret, now)
    try:
        content = json.loads(site.cipher.decrypt(row.content, _purpose(row.id)))
    except Sealed:
        raise Unknown from None
    return row.id, content


def save_draft(
    session: Session,
    site: Site,
    secret: str,
    content: Mapping[str, str],
    now: datetime.datetime,
) -> str:
    """Write a draft's fields anew; return its id. Raise Unknown. It then lasts another day."""
    row = _row(session, secret, now)
    row.content = _sealed(site, row.id, content)
    row.expires_at = now + LASTS
    return row.id


def drop_draft(session: Session, secret: str, now: datetime.datetime) -> list[str]:
    """Forget a draft; return the ids of its photos, whose files can be removed then."""
    try:
        row = _row(session, secret, now)
    except Unknown:
        return []
    return _drop(session, [row.id])


def expire_drafts(session: Session, now: datetime.datetime, limit: int = 500) -> list[str]:
    """Forget drafts that are too old; return the ids of their photos."""
    old = select(Draft.id).where(Draft.expires_at < now).order_by(Draft.expires_at).limit(limit)
    return _drop(session, list(session.scalars(old)))


def _drop(session: Session, ids: list[str]) -> list[str]:
    gone = delete(Media).where(Media.draft.in_(ids)).returning(Media.id)
    photos = list(session.scalars(gone))
    session.execute(delete(Draft).where(Draft.id.in_(ids)))
    return photos


def _row(session: Session, secret: str, now: datetime.datetime) -> Draft:
    digest = digest_of(secret[:64]).hex()
    row = session.scalar(select(Draft).where(Draft.digest == digest, Draft.expires_at > now))
    if row is None:
        raise Unknown
    return row


def _sealed(site: Site, id: str, content: Mapping[str, str]) -> bytes:
    text = json.dumps(dict(content), ensure_ascii=False)
    if len(text) > LONGEST:
        raise ValueError("a draft is larger than any form")
    return site.cipher.encrypt(text, _purpose(id))


def _purpose(id: str) -> str:
    return f"complaints_draft.content:{id}"
