"""Days: at the hour that the pack names, the prices of a day come out."""

import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from civicapp_prices.config import SURVEY
from civicapp_prices.domain.quotes import DAYS_BACK
from civicapp_prices.models import Point, Series
from civicapp_prices.service.alarms import alarm_scopes
from civicapp_prices.service.bulk import rewrite
from civicapp_prices.service.points import DAY
from civicapp_prices.service.site import Site

PUBLISHED, SETTLE = "prices.day.published", "prices.settle"


def publish_day(session: Session, site: Site, now: datetime.datetime) -> datetime.date | None:
    """Tell once that the prices of a day are out; None when that was told, or there are none.

    A day that was missed while nothing ran is told afterwards, as long as its prices may come in.
    """
    last = site.shown_day(now)
    day = session.scalar(
        select(func.max(Point.date))
        .join(Series, Series.id == Point.series)
        .where(
            Series.scope.in_(alarm_scopes(site)),
            Series.source == SURVEY,
            Series.step == DAY,
            Point.date.between(last - datetime.timedelta(days=DAYS_BACK), last),
        )
    )
    if day is None or not site.enqueue(session, SETTLE, day.isoformat(), {"date": day.isoformat()}):
        return None
    site.emit(session, PUBLISHED, day.isoformat(), {"date": day.isoformat()})
    rewrite(session, site, f"day:{day}")
    return day
