"""Seeding: sample data of a demonstration, made by the services themselves."""

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from civicapp.context import Context
from civicapp.identity.accounts import by_email, load_person
from civicapp.identity.demo import demo_email
from civicapp.identity.person import Person, grants_of
from civicapp.storage.database import Database
from civicapp.storage.files import FileStore

if TYPE_CHECKING:
    from civicapp.backing import Backing


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedContext(Context):
    """A Context in which sample data are made; read and write by `db.read_now`, `db.write_now`."""

    db: Database
    files: FileStore

    def officer(self, role: str, agency: str | None = None, area: str | None = None) -> Person:
        """Return the demonstration's officer of a role, as if it worked for this office."""

        def load(session: Session) -> Person:
            account = by_email(session, demo_email(role))
            if account is None:
                raise LookupError(f"there is no account of the demonstration for {role}")
            return load_person(session, account, self.region, "session")

        person = self.db.read_now(load)
        return Person(
            id=person.id,
            name=person.name,
            email=person.email,
            grants=grants_of([(role, agency, area)], self.region),
            by="session",
            demo=True,
            region=self.region,
        )


def seed(backing: "Backing") -> None:
    """Let each service make its sample data; each makes them once."""
    kernel = backing.kernel
    for wired in kernel.services:
        if wired.seed is not None:
            context = kernel.context(wired.id, kernel.region.languages[0])
            given = {f.name: getattr(context, f.name) for f in fields(Context)}
            given["_cipher"] = backing.cipher
            wired.seed(SeedContext(**given, db=backing.database, files=backing.files))
