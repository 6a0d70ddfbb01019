"""RegionContract: what every region pack keeps to; subclass it and name the pack.

class TestIsle(RegionContract):
    region = "isle"
"""

import datetime
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from civicapp.kernel import Boot, Kernel, boot
from civicapp.problems import render_text
from civicapp.region import Agency, Area, Region
from civicapp.region.frozen import Unfrozen, freeze
from civicapp.settings import Settings
from civicapp.testing.contract.base import check, needs, opened, parts_left_out
from civicapp.testing.kernels import Kernels, why
from civicapp.testing.sameness import differences, named
from civicapp.testing.worlds import World, Worlds


class RegionContract:
    """What every region pack keeps to.

    region: its id, or the path of its folder. today: the day on which it is checked, as the years
    that its calendar must cover depend on it; the real day when None. allowed_warnings: codes of
    warnings that may come. own_languages: keys of texts that need not stand in every language,
    `services/news/headlines` and what is below it.
    """

    region: ClassVar[str | Path]
    today: ClassVar[datetime.date | None] = None
    allowed_warnings: ClassVar[Collection[str]] = ()
    own_languages: ClassVar[Collection[str]] = ()

    @pytest.fixture
    def region_under_test(self) -> str | Path:
        """Test the pack of the class."""
        return self.region

    @pytest.fixture
    def booted(self, host_settings: Settings, booted_kernels: Kernels) -> Boot:
        """Boot the pack."""
        return booted_kernels.boot(self.region, host_settings, self.today)

    @pytest.fixture
    def kernel(self, booted: Boot, plain_logs: None) -> Kernel:
        """Return the kernel of the pack."""
        if booted.kernel is None:
            needs("test_is_sound")
        booted.kernel.failures.clear()
        return booted.kernel

    @pytest.fixture
    def loaded(self, kernel: Kernel) -> Region:
        """Return the loaded pack."""
        return kernel.region

    @pytest.fixture
    def world(self, kernel: Kernel, sqlite_worlds: Worlds) -> World:
        """Return the app of the pack; which database it has is no matter of a pack."""
        return sqlite_worlds.of(kernel)

    def test_is_sound(self, booted: Boot) -> None:
        """`civicapp check` finds no error, and no warning but those in `allowed_warnings`."""
        if booted.kernel is None:
            pytest.fail(why(booted), pytrace=False)
        found = [p for p in booted.problems if p.code not in self.allowed_warnings]
        if found:
            text = render_text(found)
            hint = "mend them, or name their codes in `allowed_warnings`"
            pytest.fail(f"warnings of {self.region}; {hint}:\n{text}", pytrace=False)
        stale = set(self.allowed_warnings) - {p.code for p in booted.problems}
        check("allowed_warnings that do not come; take them out:", sorted(stale))

    def test_boots_the_same_from_a_bundle(
        self, loaded: Region, host_settings: Settings, tmp_path: Path
    ) -> None:
        """Frozen into the region.json of a bundle it is the same region."""
        try:
            content = freeze(self.region)
        except Unfrozen as e:
            pytest.fail(render_text(e.problems), pytrace=False)
        (tmp_path / "region.json").write_bytes(content)
        again = boot(tmp_path, settings=host_settings, today=self.today)
        if again.kernel is None:
            pytest.fail(f"from a bundle {why(again)}", pytrace=False)
        year = (self.today or datetime.datetime.now(datetime.UTC).date()).year
        found = differences(loaded, again.kernel.region, year)
        check(f"from a bundle {self.region} differs in:", found)

    def test_draws_each_area_where_it_is(self, loaded: Region) -> None:
        """A point inside each own polygon is located in that area, or in one inside it."""
        check(f"boundaries of {self.region}:", _misplaced_shapes(loaded))

    def test_places_each_area_where_it_is_drawn(self, loaded: Region) -> None:
        """The point of each area lies in the nearest polygon that it or an area above it has."""
        check(f"areas/areas.csv of {self.region}:", _misplaced_points(loaded))

    def test_reaches_every_agency(self, loaded: Region) -> None:
        """Every office and role can be reached from an area of the region."""
        check(f"organisation/agencies.csv of {self.region}:", _unreached(loaded))

    def test_says_everything_in_each_language(self, loaded: Region) -> None:
        """Names and texts stand in every language of the region, and so does every page."""
        faults = []
        for key, text in named(loaded):
            left_out = any(key == own or key.startswith(f"{own}/") for own in self.own_languages)
            lacking = [lang for lang in loaded.languages if not text.get(lang, "").strip()]
            if lacking and not left_out:
                faults.append(f"{key} lacks {', '.join(lacking)}: {dict(text)}")
        for slug in dict.fromkeys(slug for slug, _ in loaded.pages):
            lacking = [lang for lang in loaded.languages if (slug, lang) not in loaded.pages]
            faults += [f"content/{slug}.{language}.md is missing" for language in lacking]
        check(f"texts of {self.region}:", faults)

    def test_configures_its_services(self, kernel: Kernel) -> None:
        """Every enabled service has its config, and shows itself in the menu if it has entries."""
        region, ids = kernel.region, set(kernel.plugins.ids)
        faults = [f"plugin {id} is not there" for id in region.plugins if id not in ids]
        for wired in kernel.services:
            model = wired.service.config
            if model is not None and not isinstance(region.services.get(wired.id), model):
                faults.append(f"{wired.id} has no config")
        check(f"services of {self.region}:", faults)

    def test_opens_its_pages_in_each_language(self, world: World) -> None:
        """Home, menu, content, areas and what the menu leads to can be read in each language."""
        check(f"pages of {self.region}:", opened(world, world.guest, _paths(world.kernel)))
        parts_left_out(world.kernel)

    def test_lets_each_role_work(self, world: World) -> None:
        """An officer with each of its roles can be signed in and opens the desk."""
        faults: list[str] = []
        for role in world.kernel.region.roles:
            try:
                officer = world.officer(role)
            except ValueError as e:
                faults.append(f"role {role} can be given to nobody: {e}")
                continue
            faults += [f"role {role}: {fault}" for fault in opened(world, officer, ["/desk"])]
        check(f"organisation/roles.yaml of {self.region}:", faults)


def _misplaced_shapes(region: Region) -> Iterator[str]:
    for code, area in region.areas.items():
        shape = region.boundaries.shape(code)
        if shape is None:
            continue
        point = shape.representative_point()
        found = region.boundaries.locate(point.y, point.x)
        if found.area is None or code not in found.area.path:
            where = found.area.code if found.area else found.reason
            yield f"{code} {area.name}: the middle {point.y:.4f}, {point.x:.4f} is in {where}"


def _misplaced_points(region: Region) -> Iterator[str]:
    for area in region.areas.values():
        drawn = [a.code for a in region.areas.above(area.code) if a.code in region.boundaries]
        if area.lat is None or area.lon is None or not drawn:
            continue
        found = region.boundaries.locate(area.lat, area.lon)
        if found.area is None or drawn[0] not in found.area.path:
            where = found.area.code if found.area else found.reason
            yield f"{area.code} {area.name}: {area.lat}, {area.lon} is in {where}, not {drawn[0]}"


def _unreached(region: Region) -> Iterator[str]:
    own = [a for a in region.areas.values() if region.areas.own(a.code)]
    for agency in region.agencies.values():
        code, places = agency.code, own
        if agency.scope:
            # A pack that others extend has roles for areas that it does not list itself.
            places = [a for a in own if a.level == agency.scope][:1]
            if not places:
                continue
        found = (region.agencies.office(code, place) for place in (None, *(a.code for a in places)))
        if not any(found):
            yield f"{code} serves no area of the region; its area is {agency.area or 'not given'}"
        elif agency.role and not _holds(agency, agency.role, own, region):
            yield f"{code} holds the role {agency.role} in no area of the region"


def _holds(agency: Agency, role: str, places: Iterable[Area], region: Region) -> bool:
    offices = (region.agencies.office(role, area.code) for area in places)
    return any(office and office.agency.code == agency.code for office in offices)


def _paths(kernel: Kernel) -> list[str]:
    region = kernel.region
    first: dict[str, str] = {}
    for area in region.areas.values():
        if region.areas.own(area.code):
            first.setdefault(area.level, area.code)
    paths = ["/", "/menu", "/about", "/area", *(f"/area/{code}" for code in first.values())]
    paths += [f"/pages/{slug}" for slug in dict.fromkeys(slug for slug, _ in region.pages)]
    return [*paths, *dict.fromkeys(item.path for w in kernel.services for item in w.menu)]
