"""Counts for the officers' start page."""

import datetime

from sqlalchemy.orm import Session

from civicapp import Person
from civicapp_prices.service.panel import progress
from civicapp_prices.service.review import waiting
from civicapp_prices.service.site import Site


def markets_left(session: Session, person: Person) -> int:
    """Count the markets of the person's area whose prices of today are not complete."""
    site = Site(region=person.region)
    today = site.today(datetime.datetime.now(datetime.UTC))
    return sum(p.done < p.total for p in progress(session, site, person, today))


def flags_waiting(session: Session, person: Person) -> int:
    """Count the prices that wait for the person's decision."""
    return waiting(session, Site(region=person.region), person)
