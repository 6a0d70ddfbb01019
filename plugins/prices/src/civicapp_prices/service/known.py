"""What the readers of files need to know of the region: names, units, areas, markets."""

import datetime
from collections.abc import Iterator

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
    There a short name could be that of a neighbour, so that it counts for nothing.
    """
    above = region.areas.above(region.area.code) if region.area else region.areas.values()
    # Of two with one name the wider one is meant: it comes last and counts.
    for area in sorted(above, key=lambda a: -len(a.path)):
        below, whole = region.areas.children(area.code), region.areas.own(area.code)
        exact = {name: part.code for part in below for name in _less(region, part)}
        exact |= {name: part.code for part in below for name in _names(part)}
        short: dict[str, tuple[str, ...]] = {}
        for part in below if whole else ():
            for name in _short(region, part):
                short[name] = tuple(dict.fromkeys((*short.get(name, ()), part.code)))
        found = Around(exact, short, whole)
        for name in (*_short(region, area), *_names(area)):
            yield name, found


def _names(area: Area) -> set[str]:
    return {fold(name) for name in (area.name, *area.title.values(), *area.aliases)}


def _kinds(region: Region, area: Area) -> list[str]:
    """Return the words for the kind of an area: `City`."""
    kind = region.kinds.get(area.kind) if area.kind else None
    return [fold(word) for word in kind.name.values()] if kind else []


def _short(region: Region, area: Area) -> set[str]:
    """Return the names of an area without the word for its kind, before or after."""
    return {
        rest
        for name in _names(area)
        for word in _kinds(region, area)
        for rest in (name.removeprefix(f"{word} "), name.removesuffix(f" {word}"))
        if rest != name
    }


def _less(region: Region, area: Area) -> set[str]:
    """Return names with the first words for the kind alone: of `Free Port X` that is `Free X`."""
    return {
        f"{' '.join(words[:n])} {name.removeprefix(' '.join(words))}".replace("  ", " ")
        for name in _names(area)
        for words in (word.split() for word in _kinds(region, area))
        if name.startswith(f"{' '.join(words)} ")
        for n in range(1, len(words))
    }
