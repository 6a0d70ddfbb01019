"""Start a pack: find what it extends and where it lies, or take what its author brings."""

from dataclasses import dataclass
from pathlib import Path

from civicapp.kernel import Kernel, boot
from civicapp.problems import did_you_mean, nearest, visible
from civicapp.region import Area, Region
from civicapp.region.files import shown
from civicapp.scaffold.region.bare import Given, bare, spoken
from civicapp.scaffold.region.match import AreaNames, described
from civicapp.scaffold.region.names import Unstartable
from civicapp.scaffold.region.pack import Wish
from civicapp.scaffold.region.parents import Known, covering, extensible, roots
from civicapp.scaffold.region.starters import known_plugins, starting
from civicapp.scaffold.region.thin import thin
from civicapp.scaffold.region.write import Unsound, Written, write_pack
from civicapp.scaffold.tree import refuse_existing
from civicapp.settings import Settings

FEW = 3  # areas that a note names


class Several(Unstartable):
    """Name what has to be chosen: the option that settles it, and its values with what they are."""

    def __init__(self, message: str, option: str, choices: dict[str, str]) -> None:
        super().__init__(message)
        self.option, self.choices = option, choices


@dataclass(frozen=True, slots=True)
class Started:
    """A pack that was written. about: what it is; notes: what its author should know."""

    target: Path
    written: Written
    about: str
    notes: tuple[str, ...]


def start_thin(wish: Wish, folder: Path, extends: str | None, code: str | None) -> Started:
    """Write a pack for an area of one that is known.

    folder: where the pack's own folder is made. extends: the pack to extend; else the narrowest
    that covers the area. code: the area's; else it is found by what was typed. Raises Unstartable,
    Several, Unsound, and Unwritable of `civicapp.scaffold.tree`.
    """
    target = folder / wish.id
    packs, unsound = _looked_at(wish, target)
    if wish.plugins is not None:
        known_plugins(wish.plugins)
    first = _named(extends, packs) if extends else _only_root(packs)
    kernel = _booted(first)
    area, notes = _area(kernel.region, wish, code)
    pack = first if extends else _narrowest(packs, first, area)
    if pack is not first:
        kernel = _booted(pack)
        area = kernel.region.areas.get(area.code) or area
    parents = [p.folder for p in packs]
    written = write_pack(target, thin(kernel, area, wish), {}, parents)
    notes += [f"{shown(f)} is not sound, so it was not looked at" for f in unsound]
    about = f"{described(kernel.region, area)} ({area.code}), extends {pack.name}"
    return Started(target, written, about, tuple(notes))


def start_bare(wish: Wish, folder: Path, areas: Path | None, boundaries: Path | None) -> Started:
    """Write a root pack. areas, boundaries: files to copy into it. Raises as `start_thin` does."""
    target = folder / wish.id
    _looked_at(wish, target)
    if boundaries and not areas:
        raise Unstartable("--boundaries needs --areas", "polygons belong to areas, by their codes")
    given = Given(_read(areas, "--areas"), _read(boundaries, "--boundaries"))
    wanted = None if wish.plugins is None else known_plugins(wish.plugins)
    brought = starting(wanted)
    copied = {n: p for n, p in zip(given.names, (areas, boundaries), strict=False) if p}
    written = write_pack(target, bare(wish, given, brought), copied, ())
    notes = [f"left out: {visible(fault)}" for fault in brought.left_out]
    if spoken(wish.languages) != wish.languages:
        notes.append("English was added to its languages, since starter files are in English")
    if not areas:
        notes.append("it begins with one area: bring its own with --areas, or in areas/areas.csv")
    return Started(target, written, "a root pack", tuple(notes))


def _looked_at(wish: Wish, target: Path) -> tuple[list[Known], list[Path]]:
    """List the packs beside which a new one will stand, unless one of them has its name."""
    refuse_existing(target)
    packs, unsound = extensible(target.parent)
    for folder in (*(p.folder for p in packs), *unsound):
        if folder.name == wish.id:
            hint = "give another name; --code CODE settles which area it is"
            raise Unstartable(f"there is a pack `{wish.id}` already: {shown(folder)}", hint)
    return packs, unsound


def _named(extends: str, packs: list[Known]) -> Known:
    found = {p.name: p for p in packs}
    if extends not in found:
        what = f"--extends: there is no sound pack `{visible(extends)}`"
        raise Unstartable(what, did_you_mean(extends, found, what="known packs"))
    return found[extends]


def _only_root(packs: list[Known]) -> Known:
    """Return the one root pack that comes with civicapp, or what stands in its place."""
    names = roots()
    found = [p for p in packs if p.name in names]
    if len(found) > 1:
        choices = {p.name: shown(p.folder) for p in found}
        raise Several("several packs can be extended", "--extends", choices)
    if not found:
        known = ", ".join(p.name for p in packs)
        hint = f"--extends PACK: {known}" if known else "--bare starts a pack that extends none"
        raise Unstartable("no root pack comes with civicapp", hint)
    return found[0]


def _booted(pack: Known) -> Kernel:
    booted = boot(pack.folder, settings=Settings.model_construct())
    if booted.kernel is None:
        raise Unsound(booted.problems)
    return booted.kernel


def _area(region: Region, wish: Wish, code: str | None) -> tuple[Area, list[str]]:
    """Find the area that is meant; also say which others might have been."""
    if code is not None:
        if code not in region.areas or not region.areas.own(code):
            match = nearest(code, [c for c in region.areas if region.areas.own(c)])
            hint = f"did you mean `{match}`?" if match else "codes are written as in its areas.csv"
            raise Unstartable(f"--code: {region.id} has no area `{visible(code)}`", hint)
        return region.areas[code], []
    known = AreaNames(region)
    found = known.fitting(wish.typed)
    if len(found.widest) == 1:
        return found.widest[0], _also(region, wish, found.narrower)
    if found.widest:
        choices = {a.code: described(region, a) for a in found.widest}
        what = f"`{visible(wish.typed)}` fits {len(choices)} areas of {region.id}"
        raise Several(what, "--code", choices)
    names = [f"{a.name} ({a.code})" for a in known.near(wish.typed)]
    hint = f"names like it: {', '.join(names)}; --code CODE settles it" if names else ""
    hint = hint or "--code CODE names an area; --bare starts a region outside it"
    raise Unstartable(f"{region.id} has no area called `{visible(wish.typed)}`", hint)


def _also(region: Region, wish: Wish, narrower: tuple[Area, ...]) -> list[str]:
    if not narrower:
        return []
    names = [f"{described(region, a)} ({a.code})" for a in narrower[:FEW]]
    more = ", …" if len(narrower) > FEW else ""
    return [f"`{visible(wish.typed)}` fits too, by --code: {'; '.join(names)}{more}"]


def _narrowest(packs: list[Known], first: Known, area: Area) -> Known:
    found = covering(packs, first.root, area.path)
    if len(found) > 1:
        choices = {p.name: shown(p.folder) for p in found}
        raise Several("several packs cover the area around it", "--extends", choices)
    return found[0] if found else first


def _read(path: Path | None, option: str) -> bytes | None:
    if path is None:
        return None
    try:
        return path.read_bytes()
    except OSError as e:
        reason = (e.strerror or "the system refuses it").lower()
        raise Unstartable(f"{option}: {visible(str(path))} cannot be read: {reason}") from e
