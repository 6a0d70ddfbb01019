"""Carry: give the jobs of a copied ledger to the workers of the database that it is in now."""

from sqlalchemy import URL, Connection, select
from sqlalchemy.orm import Session

from civicapp.jobs.carrier import ProcrastinateCarrier
from civicapp.storage.models import JobRow


def carry_jobs(connection: Connection, url: URL) -> int:
    """Let the jobs run that wait, or were under way, in the transaction; return how many.

    On SQLite the runner finds them in the ledger. On PostgreSQL each is carried anew: what the
    carrier held was left behind.
    """
    query = select(JobRow.id, JobRow.name, JobRow.run_at).where(
        JobRow.state.in_(("waiting", "running"))
    )
    found = connection.execute(query.order_by(JobRow.id)).all()
    if connection.dialect.name == "postgresql":
        carrier = ProcrastinateCarrier(url)
        with Session(connection) as session:
            for id, name, run_at in found:
                carrier.send(session, name, id, run_at)
    return len(found)
