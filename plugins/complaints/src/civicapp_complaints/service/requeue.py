"""Move open reports between agency and desk, when an agency gets its first officer or loses all."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from civicapp_complaints.models import Report
from civicapp_complaints.service.responsible import queue_of
from civicapp_complaints.service.site import Site


def requeue(session: Session, site: Site) -> int:
    """Put every open report into the queue where someone works on it; return how many moved."""
    return sum(
        _move(session, agency, area, wrong, right)
        for agency, area, wrong, right in misplaced(session, site)
    )


def misplaced(session: Session, site: Site) -> list[tuple[str, str | None, str | None, str | None]]:
    """List agency, area, and the queue as it is and should be, where the two differ; a read."""
    kinds = session.execute(
        select(Report.agency, Report.area, Report.queue)
        .where(Report.closed_at.is_(None), Report.agency.is_not(None))
        .distinct()
    )
    return [
        (agency, area, queue, right)
        for agency, area, queue in kinds
        if agency and queue != (right := queue_of(session, site, agency, site.area(area)))
    ]


def _move(
    session: Session, agency: str, area: str | None, wrong: str | None, right: str | None
) -> int:
    moved = session.execute(
        update(Report)
        .where(
            Report.closed_at.is_(None),
            Report.agency == agency,
            Report.area.is_not_distinct_from(area),
            Report.queue.is_not_distinct_from(wrong),
        )
        .values(queue=right)
        .returning(Report.id)
        .execution_options(synchronize_session=False)
    )
    return len(moved.all())
