"""What the readers of files need to know of the region: names, units, areas, markets."""

import datetime
from collections.abc import Iterable, Iterator

from civicapp import Area, Region, fold
from civicapp_prices.domain.formats.cells import Around, Known
from civicapp_prices.service.site import Site


def known_of(site: Site, area: str, now: datetime.datetime) -> Known:
    """Return what the readers need to know. area: of rows that name none."""
    region = site.region
    own = [code for code in region.areas if region.areas.own(code)]
    return Known(
        area=area,
        today=site.today(now),
        currency=region.currency,
        names={(n.source, n.name): n.commodity for n in site.config.names},
        units=site.units,
        unit_of={code: c.unit for code, c in site.commodities.items()},
        markets=frozenset(site.markets),
        areas=frozenset(own),
        around=dict(_around(region)),
    )


def _around(region: Region) -> Iterator[tuple[str, Around]]:
    """Yield the areas below the region's own and those above it, by every name of the latter.

    A table of a whole country names two levels; of an area above the region only one part is known.
    """
    above = region.areas.above(region.area.code) if region.area else region.areas.values()
    # Of two with one name the wider one is meant: it comes last and counts.
    for area in sorted(above, key=lambda a: -len(a.path)):
        below = region.areas.children(area.code)
        exact = {name: part.code for part in below for name in _names(part)}
        short: dict[str, tuple[str, ...]] = {}
        for part in below:
            for name in _short(region, part):
                short[name] = tuple(dict.fromkeys((*short.get(name, ()), part.code)))
        found = Around(exact, short, region.areas.own(area.code))
        for name in (*_short(region, area), *_names(area)):
            yield name, found


def _names(area: Area) -> Iterable[str]:
    return {fold(name) for name in (area.name, *area.title.values(), *area.aliases)}


def _short(region: Region, area: Area) -> Iterable[str]:
    """Return the names of an area without the word for its kind, before or after."""
    kind = region.kinds.get(area.kind) if area.kind else None
    words = [fold(word) for word in kind.name.values()] if kind else []
    found = set()
    for name in _names(area):
        for word in words:
            for rest in (name.removeprefix(f"{word} "), name.removesuffix(f" {word}")):
                if rest != name:
                    found.add(rest)
    return found
