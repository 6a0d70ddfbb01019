"""Carrier: what takes a job's number from a transaction to the workers."""

import datetime
from typing import Any, Protocol

from sqlalchemy import URL
from sqlalchemy.orm import Session
from sqlalchemy.util import await_only


class Carrier(Protocol):
    """Carry jobs to workers of other processes and hosts."""

    def send(self, session: Session, name: str, id: int, at: datetime.datetime | None) -> None:
        """Send the number of a job, with the commit of the session and not before `at`."""
        ...


class ProcrastinateCarrier:
    """Defer a procrastinate job on the session's connection: it commits and rolls back with it.

    The queue has the job's name: a worker listens only to jobs that it knows, others wait.
    """

    def __init__(self, url: URL) -> None:
        from procrastinate import App, PsycopgConnector

        from civicapp.storage.postgres import conninfo

        # Never opened: it only writes on connections that are handed to it.
        self._app = App(connector=PsycopgConnector(conninfo=conninfo(url)))

    def send(self, session: Session, name: str, id: int, at: datetime.datetime | None) -> None:
        """Send the number of a job."""
        import psycopg

        driver: Any = session.connection().connection.driver_connection
        task = self._app.configure_task(name, queue=name, schedule_at=at, connection=driver)
        if isinstance(driver, psycopg.AsyncConnection):
            await_only(task.defer_async(id=id))
        else:
            task.defer(id=id)
