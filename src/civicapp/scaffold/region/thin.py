"""A thin pack: a region inside one that is known, with only what differs from it."""

from string import Template

from civicapp.kernel import Kernel
from civicapp.problems import visible
from civicapp.region import Area
from civicapp.scaffold.region.names import Unstartable, read_names
from civicapp.scaffold.region.pack import Files, Wish
from civicapp.scaffold.region.source import source
from civicapp.scaffold.region.starters import files_of
from civicapp.scaffold.region.text import CONTACTS, commands, comment, flow, listing, quoted, scalar
from civicapp.scaffold.region.theme import theme


def thin(kernel: Kernel, area: Area, wish: Wish) -> Files:
    """Write the files of a pack for an area of the kernel's region, which it extends."""
    region = kernel.region
    if not region.areas.own(area.code):
        raise Unstartable(f"{area.code} does not lie in {region.id}", "see --extends")
    languages = wish.languages or region.languages
    spoken = tuple(dict.fromkeys((*languages, *region.languages)))
    names = dict.fromkeys(languages, area.name) | read_names(wish.names, spoken)
    themed = "branding" in region.document.mounts
    return {
        "region.yaml": _region(kernel, area, wish, names),
        "branding/theme.yaml": theme(names, region.id if themed else ""),
        "README.md": _readme(kernel, area, wish, names),
    }


def _region(kernel: Kernel, area: Area, wish: Wish, names: dict[str, str]) -> str:
    region = kernel.region
    title = visible(area.title.text(*region.languages))
    lines = [
        comment(
            f"Only what differs from `{region.id}`, the pack that this one extends. `civicapp"
            f" explain {wish.id}` shows what holds here, and which file says so."
        ),
        "format: 1",
        f"id: {scalar(wish.id)}",
        f"extends: {scalar(region.id)}",
        f"area: {quoted(area.code)}   # {title}",
        f"name: {flow(names)}",
    ]
    zone = wish.timezone or region.timezone_of(area.code)
    if zone != region.timezone:
        lines.append(f"timezone: {scalar(zone)}")
    if wish.currency and wish.currency != region.currency:
        lines.append(f"currency: {scalar(wish.currency)}")
    if wish.languages:
        lines.append(f"languages: {listing(wish.languages)}   # the first is the region's own")
    if wish.plugins is not None:
        lines.append(f"plugins: {listing(wish.plugins)}")
    language = next(iter(names))
    operator = "The office that runs the service, as residents know it."
    if region.operator:
        inherited = region.operator.text(*region.languages)
        operator += f" Until it is named here, {region.id}'s stands on every page: {inherited}."
    lines += ["", comment(operator), f"# operator: {{{language}: …}}", ""]
    return "\n".join(lines) + "\n" + CONTACTS.format(language=language)


def _readme(kernel: Kernel, area: Area, wish: Wish, names: dict[str, str]) -> str:
    region = kernel.region
    inside = len(region.areas.below(area.code)) - 1
    return Template(source("README.thin.md")).substitute(
        commands=commands(
            (f"civicapp check {wish.id}", "what is wrong with it"),
            (f"civicapp serve {wish.id} --demo", "see it with sample data"),
            (f"civicapp explain {wish.id} agencies", "a value, and where it comes from"),
        ),
        id=wish.id,
        name=next(iter(names.values())),
        code=area.code,
        level=region.levels[area.level].name.text("en", *region.languages).lower(),
        parent=region.id,
        holds=f"{inside:,} areas inside it" if inside else "no area inside it",
        services=files_of(
            w for w in kernel.services if wish.plugins is None or w.id in wish.plugins
        ),
    )
