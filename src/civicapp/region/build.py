"""Build a Region from a pack: read, validate, cross-check; collect every problem on the way."""

import datetime
import re
from collections.abc import Collection

from pydantic import ValidationError

from civicapp.config import say
from civicapp.problems import Origin, did_you_mean
from civicapp.region.build_agencies import build_agencies
from civicapp.region.build_areas import build_areas, build_boundaries
from civicapp.region.build_calendar import build_calendar
from civicapp.region.build_services import Models, build_services
from civicapp.region.content import LINKED, Page, read_pages
from civicapp.region.document import Document
from civicapp.region.draft import Draft
from civicapp.region.files import File
from civicapp.region.models import PACK_ID, RegionConfig, SourceRow
from civicapp.region.nodes import plain
from civicapp.region.read import read_sources, read_tree
from civicapp.region.region import Named, Region, Source
from civicapp.region.roles import build_roles
from civicapp.region.theme import Theme, read_theme
from civicapp.region.validate import Columns, read_model, read_rows


def build_region(
    draft: Draft,
    models: Models,
    installed: Collection[str],
    today: datetime.date | None = None,
) -> tuple[Region, bool]:
    """Return the Region as far as the pack is sound; what is wrong stands in the draft's problems.

    Also tell whether region.yaml is sound: what is not has a stand-in, so that rules can be run.
    models: the config models of the enabled plugins, by id. installed: ids of all plugins. today:
    the day on which the calendar's cover is judged.
    """
    config = read_model(RegionConfig, draft.pack.config, draft.checks, {})
    return _region(draft, config or _stand_in(draft), models, installed, today), config is not None


def _region(
    draft: Draft,
    config: RegionConfig,
    models: Models,
    installed: Collection[str],
    today: datetime.date | None,
) -> Region:
    areas = build_areas(draft)
    return Region(
        id=config.id,
        name=config.name,
        operator=config.operator,
        contacts=config.contacts,
        timezone=config.timezone,
        currency=config.currency,
        languages=config.languages,
        plugins=config.plugins,
        area=areas.root,
        areas=areas,
        levels={k: Named(k, v.name) for k, v in config.levels.items()},
        kinds={k: Named(k, v.name) for k, v in config.kinds.items()},
        boundaries=build_boundaries(draft, areas),
        agencies=build_agencies(draft, areas),
        roles=build_roles(draft),
        calendar=build_calendar(draft, config, today),
        theme=_theme(draft),
        pages={(p.slug, p.language): p for p in _pages(draft, config)},
        messages=_messages(draft),
        sources=_sources(draft),
        services=build_services(draft, models, installed),
        document=Document(draft.pack.config, draft.mounts),
    )


def _stand_in(draft: Draft) -> RegionConfig:
    """Take the sound keys of an unsound region.yaml, and fill in what else is needed."""
    draft.skipped.append("rules that need a sound region.yaml")
    name = draft.pack.name
    languages = [x for x in draft.pack.languages if re.fullmatch(r"[a-z]{2,3}", x)] or ["en"]
    sound: dict[str, object] = {
        "format": "1",
        "id": name if re.fullmatch(PACK_ID, name) else "region",
        "name": {languages[0]: name},
        "timezone": "UTC",
        "currency": "XXX",
        "languages": languages,
    }
    for key, node in draft.pack.config.items.items():
        if key in RegionConfig.model_fields and _is_sound({**sound, key: plain(node)}):
            sound[key] = plain(node)
    return RegionConfig.model_validate(sound)


def _is_sound(data: dict[str, object]) -> bool:
    try:
        RegionConfig.model_validate(data)
    except ValidationError:
        return False
    return True


def _theme(draft: Draft) -> Theme:
    tree, _ = read_tree(draft.pack, draft.reader, "branding", "theme.yaml")
    if tree is not None:
        draft.mounts["branding"] = tree
    return read_theme(tree, draft.pack.branding, draft.pack.languages, draft.reader)


def _pages(draft: Draft, config: RegionConfig) -> list[Page]:
    files = [file for layer in draft.pack.layers for file in layer.files("content")]
    pages = read_pages(files, draft.pack.languages, draft.reader)
    language = config.languages[0]
    have = {file.name for file in files}
    for slug in LINKED:
        name = f"{slug}.{language}.md"
        if name not in have:
            at = draft.pack.own("content", name)
            hint = f"write content/{name}: every page links to it"
            draft.reader.warn("missing-page", f"there is no page `{slug}`", at, hint)
    return pages


def _messages(draft: Draft) -> dict[str, tuple[File, ...]]:
    found: dict[str, tuple[File, ...]] = {}
    languages = draft.pack.languages
    for layer in draft.pack.layers:
        for file in layer.files("locale"):
            if file.stem not in languages:
                what = f"{say(file.stem)} is not among the region's languages"
                hint = did_you_mean(file.stem, languages, what="declared") or "remove the file"
                draft.reader.report("unknown-language", what, Origin(file.place), hint)
            found[file.stem] = (*found.get(file.stem, ()), file)
    return found


def _sources(draft: Draft) -> tuple[Source, ...]:
    columns = Columns(SourceRow, ())
    return tuple(
        Source(pack, **row.model_dump())
        for pack, sheet in read_sources(draft.pack, draft.reader)
        for row in read_rows(SourceRow, sheet, draft.checks, columns).values()
    )
