"""Roles, offices and areas in words, and what officers type for them."""

from dataclasses import dataclass

from civicapp.identity.refusal import Refusal
from civicapp.service import N_
from civicapp.web.context import WebContext

FEW_AREAS = 400  # options of a list that a page may hold


@dataclass(frozen=True, slots=True)
class HeldWords:
    """A role as a page shows it: what, and where."""

    role: str
    where: str


def held_words(ctx: WebContext, role: str, agency: str | None, area: str | None) -> HeldWords:
    """Write a role with its office and area; codes where the pack has no names any more."""
    region = ctx.region
    found = region.roles.get(role)
    name = ctx.text(found.name) if found else role
    place = ctx.text(region.areas[area].title) if area and area in region.areas else area
    if agency is not None:
        office = region.agencies.office(agency, area) if agency in region.agencies else None
        where = office.full_name if office else agency
        names_place = office is not None and office.area is not None and office.area.code == area
        return HeldWords(name, where if names_place or not place else f"{where}, {place}")
    if place:
        return HeldWords(name, place)
    return HeldWords(name, ctx.text(region.name) if found else "")


def role_options(ctx: WebContext) -> list[tuple[str, str]]:
    """List the roles to choose from, by name."""
    return sorted(((r.id, ctx.text(r.name)) for r in ctx.region.roles.values()), key=lambda r: r[1])


def agency_options(ctx: WebContext) -> list[tuple[str, str]]:
    """List agencies as code and name, by name."""
    found = ctx.region.agencies.values()
    return sorted(((a.code, a.short_name) for a in found), key=lambda a: a[1])


def area_options(ctx: WebContext) -> list[tuple[str, str]]:
    """List the widest areas as code and name, and the next level too while that is short."""
    areas = ctx.region.areas
    wide = areas.children(None)
    narrow = [area for parent in wide for area in areas.children(parent.code)]
    found = [*wide, *narrow] if len(wide) + len(narrow) <= FEW_AREAS else list(wide)
    return [(area.code, ctx.text(area.title)) for area in found]


def typed_agency(ctx: WebContext, text: str) -> str | None:
    """Return the code of an agency that was typed as code or name; raise Refusal."""
    text = text.strip()
    if not text:
        return None
    agencies = ctx.region.agencies
    if text.upper() in agencies:
        return text.upper()
    named = [
        a.code
        for a in agencies.values()
        if text.casefold() in (a.name.casefold(), a.short_name.casefold())
    ]
    if len(named) != 1:
        raise Refusal(N_("Choose an office from the list."), "agency")
    return named[0]


def typed_area(ctx: WebContext, text: str) -> str | None:
    """Return the code of an area that was typed as code or name; raise Refusal."""
    text = text.strip()
    if not text:
        return None
    areas = ctx.region.areas
    if areas.own(text):
        return text
    found = areas.search(text, 20)
    names = [
        a
        for a in found
        if text.casefold() in (a.name.casefold(), *(t.casefold() for t in a.title.values()))
    ]
    widest = [a for a in names if len(a.path) == min(len(n.path) for n in names)]
    if len(widest) == 1:
        return widest[0].code
    if not found:
        raise Refusal(N_("Choose an area from the list."), "area")
    some = ", ".join(f"{a.name} ({a.code})" for a in found[:5])
    raise Refusal(N_("Write the area's code. Did you mean: %(areas)s?"), "area", areas=some)
