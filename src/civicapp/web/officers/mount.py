"""Put the officers' part into an app: who asks, the pages, the desks of the services."""

from typing import TYPE_CHECKING

from fastapi import Depends, FastAPI

from civicapp.identity.passwords import Hasher
from civicapp.web.context import bind
from civicapp.web.officers import accounts, desk, entry, links, need, own, record
from civicapp.web.officers.people import Identified, People

if TYPE_CHECKING:
    from civicapp.identity.crypto import Cipher
    from civicapp.kernel import Kernel
    from civicapp.storage.database import Database


def mount_officers(
    app: FastAPI, kernel: "Kernel", database: "Database", cipher: "Cipher", hasher: Hasher
) -> None:
    """Serve sign-in, accounts, the record and the desks; find out who asks before every route."""
    people = People(database, cipher, hasher, kernel.region, kernel.settings)
    app.state.people, app.state.cipher = people, cipher
    need.install(app)
    # Pure ASGI, inside FastAPI's own handling of errors.
    app.add_middleware(Identified, people=people)
    app.include_router(entry.router, prefix="/account")
    app.include_router(links.router, prefix="/account")
    app.include_router(own.router, prefix="/account")
    app.include_router(accounts.router, prefix="/admin")
    app.include_router(record.router, prefix="/admin")
    app.include_router(desk.router, prefix="/desk")
    for wired in kernel.services:
        if wired.desk:
            app.include_router(
                wired.desk,
                prefix=f"/desk/{wired.id}",
                include_in_schema=False,
                dependencies=[Depends(bind(wired.id)), Depends(need.signed_in)],
            )
