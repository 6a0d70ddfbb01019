"""A root pack: a region that lies inside none that is known, with all that an app needs to run."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from string import Template

from civicapp.problems import visible
from civicapp.region.content import LINKED
from civicapp.scaffold.region.levels import ONLY, Outline, outline
from civicapp.scaffold.region.names import Unstartable, read_names
from civicapp.scaffold.region.pack import Files, Wish
from civicapp.scaffold.region.roles import roles
from civicapp.scaffold.region.source import source
from civicapp.scaffold.region.starters import Brought, files_of, origin, starter
from civicapp.scaffold.region.text import CONTACTS, commands, flow, listing, quoted, scalar, table
from civicapp.scaffold.region.theme import theme
from civicapp.version import VERSION

ENGLISH = "en"  # the language of starter files
OPERATOR = "OPERATOR"  # the one agency that starter files may name
AREAS, BOUNDARIES = "areas/areas.csv", "areas/boundaries.geojson"
GAP = "FILL IN"


@dataclass(frozen=True, slots=True)
class Given:
    """Files of areas that the author brings, to be copied as they are."""

    areas: bytes | None = None
    boundaries: bytes | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """List their paths in the pack."""
        found = {AREAS: self.areas, BOUNDARIES: self.boundaries}
        return tuple(name for name, content in found.items() if content is not None)


def spoken(languages: Sequence[str]) -> tuple[str, ...]:
    """Return the languages of a root pack: English too, while texts are in no other."""
    return tuple(dict.fromkeys((*languages, ENGLISH)))


def bare(wish: Wish, given: Given, brought: Brought) -> Files:
    """Write the files of a root pack that enables what is brought."""
    languages = spoken(wish.languages)
    names = dict.fromkeys(languages, _title(wish.typed)) | read_names(wish.names, languages)
    areas = given.areas if given.areas is not None else _one_area(names)
    plan = outline(areas.decode("utf-8", "replace"))
    if not plan.count:
        raise Unstartable("the file of areas holds no area", "docs/packs.md names its columns")
    files: dict[str, str | bytes] = {
        "region.yaml": "\n".join(_region(wish, names, plan, brought)) + "\n",
        AREAS: areas,
        "organisation/agencies.csv": _agencies(plan),
        "organisation/roles.yaml": roles(wish.id, [w.service for w in brought.services]),
        "branding/theme.yaml": theme(names, ""),
    }
    if given.boundaries is not None:
        files[BOUNDARIES] = given.boundaries
    for page in LINKED:
        files[f"content/{page}.{ENGLISH}.md"] = source(f"content/{page}.{ENGLISH}.md")
    for wired in brought.services:
        files |= starter(wired)
    files["sources.csv"] = _sources(files, given.names)
    files["README.md"] = _readme(wish, names, given, brought)
    return files


def _title(typed: str) -> str:
    """Write a name as names are written, if it was typed as an id."""
    words = typed.replace("_", " ").replace("-", " ").split()
    return " ".join(words).title() if typed == typed.lower() else " ".join(typed.split())


def _one_area(names: Mapping[str, str]) -> bytes:
    row = {"code": "1", "name": next(iter(names.values())), "level": ONLY}
    return table(("code", "name", "level", "parent", "lat", "lon"), [row]).encode()


def _region(wish: Wish, names: Mapping[str, str], plan: Outline, brought: Brought) -> Iterator[str]:
    languages = tuple(names)
    own = languages[0]
    yield "# A root pack: it extends no other. docs/packs.md of civicapp describes every key."
    yield "format: 1"
    yield f"id: {scalar(wish.id)}"
    if plan.root:
        yield f"area: {quoted(plan.root['code'])}   # it holds all others"
    yield f"name: {flow(names)}"
    yield ""
    yield f"timezone: {scalar(wish.timezone)}"
    yield f"currency: {scalar(wish.currency)}"
    if ENGLISH not in wish.languages:
        yield "# Starter files and words without translation are English: take `en` out in the end."
    yield f"languages: {listing(languages)}   # the first is the region's own"
    yield f"plugins: {listing(brought.plugins)}"
    yield ""
    yield "# The office that runs the service, as residents know it."
    yield f"# operator: {{{own}: …}}"
    yield ""
    yield CONTACTS.format(language=own)
    yield f"# Levels of {AREAS}, the widest first, and what they are called in {own}."
    yield "levels:"
    yield from _named(plan.levels)
    if plan.kinds:
        yield ""
        yield "# Kinds of areas. A `title` with {name} helps where the name does not say the kind:"
        yield f'# {visible(plan.kinds[0])}: {{name: {{…}}, title: {{{own}: "… {{name}}"}}}}'
        yield "kinds:"
        yield from _named(plan.kinds)
    yield ""
    yield source("working-days.yaml").rstrip("\n")


def _named(ids: Sequence[str]) -> Iterator[str]:
    for id in ids:
        words = id.replace("_", " ").replace("-", " ")
        yield f"  {scalar(id)}: {{name: {{{ENGLISH}: {scalar(words[:1].upper() + words[1:])}}}}}"


def _agencies(plan: Outline) -> str:
    row = {
        "code": OPERATOR,
        "name": "Public service office",
        "short_name": "Service office",
        "kind": "office",
        "level": plan.levels[0] if plan.root else "",
        "area": plan.root["code"] if plan.root else "",
        "basis": "proposed",
        "note": "All work waits here until other offices are named.",
    }
    columns = "code name short_name kind level area scope role website phone basis note"
    return table(columns.split(), [row])


def _sources(files: Files, own: Collection[str]) -> str:
    """Name the origin of every table; of the author's own it is for the author to say."""
    rows = []
    for name in sorted(f for f in files if "/" in f and f.endswith((".csv", ".geojson"))):
        row = {"origin": "civicapp", "version": VERSION, "licence": "Apache-2.0"}
        if name in own:
            note = "Which file or law this is, and who published it."
            row = {"origin": GAP, "licence": GAP, "note": note}
        elif name.startswith("services/"):
            row = origin(name.split("/")[1])
        rows.append({"file": name, **row})
    return table("file origin version licence note".split(), rows)


def _readme(wish: Wish, names: Mapping[str, str], given: Given, brought: Brought) -> str:
    own = next(iter(names))
    areas = "`areas/areas.csv`: the areas of the region; now it holds one."
    if given.areas is not None:
        areas = "`areas/areas.csv` is your file as it was. Points inside (`lat`, `lon`) would help."
    boundaries = "`areas/boundaries.geojson`: without it people choose their area from lists."
    if given.boundaries is not None:
        boundaries = "`areas/boundaries.geojson` is your file as it was."
    return Template(source("README.bare.md")).substitute(
        commands=commands(
            (f"civicapp check {wish.id}", "what is wrong with it, or still missing"),
            (f"civicapp serve {wish.id} --demo", "see it, with an account of every role"),
            (f"civicapp explain {wish.id} timezone", "where a value comes from"),
        ),
        name=names[own],
        areas=areas,
        boundaries=boundaries,
        gap=GAP,
        operator=OPERATOR,
        services=files_of(brought.services),
        translations=_translations(own),
    )


def _translations(language: str) -> str:
    """Say where texts in another language than English go."""
    if language == ENGLISH:
        return ""
    return Template(source("README.translations.md")).substitute(language=language)
