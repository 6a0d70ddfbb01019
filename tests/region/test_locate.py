"""To which area does a place on the map belong?"""

import json
import math
import random

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from civicapp import Localized
from civicapp.region.areas import Area, Areas
from civicapp.region.boundaries import DOUBT, METRES_PER_DEGREE, NEAR, Boundaries, Outside


def area(code, *above):
    return Area(code, code, Localized({"": code}), "level", None, None, (*above, code))


AREAS = Areas([area("1"), area("1.1", "1"), area("1.2", "1")], "1")


def star(seed, lon, lat, size):
    """Return a polygon with random rays, which never crosses itself."""
    rng = random.Random(seed)
    rays = [size * rng.uniform(0.4, 1) for _ in range(rng.randint(5, 40))]
    step = 2 * math.pi / len(rays)
    return shapely.Polygon(
        [(lon + r * math.cos(n * step), lat + r * math.sin(n * step)) for n, r in enumerate(rays)]
    )


def code_at(boundaries, lat, lon):
    """Return the code of the area at a place, None if there is none."""
    place = boundaries.locate(lat, lon)
    return place.area and place.area.code


def north(metres):
    return metres / METRES_PER_DEGREE


def east(metres, lat):
    return metres / METRES_PER_DEGREE / math.cos(math.radians(lat))


@given(
    st.integers(), st.floats(-170, 170), st.floats(-80, 80), st.floats(0.01, 5), st.floats(0, 0.99)
)
def test_points_in_a_polygon_give_its_area(seed, lon, lat, size, share):
    shape = star(seed, lon, lat, size)
    boundaries = Boundaries({"1.1": shape}, [], AREAS)
    for x, y in shape.exterior.coords:
        # Somewhere on the way from the centre to a corner.
        place = boundaries.locate(lat + share * (y - lat), lon + share * (x - lon))
        assert (place.reason, place.area, place.distance) == ("inside", AREAS["1.1"], 0.0)


@given(st.integers(), st.floats(95, 141), st.floats(-11, 6))
def test_swapped_latitude_and_longitude_are_said(seed, lon, lat):
    shape = star(seed, lon, lat, 0.5)
    boundaries = Boundaries({"1.1": shape}, [], AREAS)
    point = shape.representative_point()
    place = boundaries.locate(point.x, point.y)
    assert (place.reason, place.area) == ("swapped", None)


@given(st.floats(0, 2 * NEAR), st.floats(-60, 60), st.sampled_from(["north", "east"]))
def test_fallback_reaches_500_metres_in_each_direction(metres, lat, way):
    box = shapely.box(10, lat - 0.5, 11, lat + 0.5)
    boundaries = Boundaries({"1.1": box}, [], AREAS)
    if way == "north":
        place = boundaries.locate(lat + 0.5 + north(metres), 10.5)
    else:
        place = boundaries.locate(lat, 11 + east(metres, lat))
    if metres < NEAR - 1:
        assert place.area is not None
        assert place.distance == pytest.approx(metres, abs=1)
    elif metres > NEAR + 1:
        # Around 10 degrees the point with latitude and longitude exchanged lies in the box.
        assert place.reason in ("nowhere", "swapped")
        assert place.area is None


WEST, EAST_ = shapely.box(0, 0, 1, 1), shapely.box(1.02, 0, 2, 1)


@pytest.mark.parametrize(
    ("metres", "coarse", "reason"),
    [
        (100, False, "near"),  # of two, the nearest decides
        (100, True, "near"),  # 2.1 km from the neighbour
        (NEAR + 1, False, "nowhere"),
    ],
)
def test_nearest_polygon_decides_over_a_wide_gap(metres, coarse, reason):
    boundaries = Boundaries({"1.1": WEST}, [Outside(EAST_, coarse)], AREAS)
    assert boundaries.locate(0.5, 1 + east(metres, 0.5)).reason == reason


@pytest.mark.parametrize(
    ("gap", "metres", "coarse", "reason"),
    [
        (900, 200, False, "near"),
        (900, 200, True, "outside"),
        (DOUBT - 100, 10, True, "outside"),
        (DOUBT + 200, 100, True, "near"),
        (900, 600, False, "outside"),  # nearer to the neighbour
    ],
)
def test_gap_before_a_simplified_boundary_may_be_the_neighbours(gap, metres, coarse, reason):
    neighbour = shapely.box(1 + east(gap, 0.5), 0, 2, 1)
    boundaries = Boundaries({"1.1": WEST}, [Outside(neighbour, coarse)], AREAS)
    place = boundaries.locate(0.5, 1 + east(metres, 0.5))
    assert place.reason == reason
    assert (place.area is None) == (reason != "near")


def test_own_land_comes_before_a_neighbours_that_overlaps_it():
    boundaries = Boundaries({"1.1": WEST}, [Outside(shapely.box(0.5, 0, 2, 1), True)], AREAS)
    assert code_at(boundaries, 0.5, 0.9) == "1.1"
    assert boundaries.locate(0.5, 1.5).reason == "outside"


def test_the_narrowest_area_wins():
    boundaries = Boundaries({"1": WEST, "1.2": shapely.box(0, 0, 0.5, 1)}, [], AREAS)
    assert code_at(boundaries, 0.5, 0.25) == "1.2"
    assert code_at(boundaries, 0.5, 0.75) == "1"
    assert code_at(boundaries, 0.5, -east(50, 0.5)) == "1.2"
    # Of two that share an edge the first by code.
    both = Boundaries({"1.1": WEST, "1.2": shapely.box(1, 0, 2, 1)}, [], AREAS)
    assert code_at(both, 0.5, 1) == "1.1"


@pytest.mark.parametrize(
    ("lat", "lon"),
    [(math.nan, 0), (0, math.inf), (91, 0.5), (0.5, 181), (-1e300, 0), (90, 180), (-90, -180)],
)
def test_no_place_on_earth_is_nowhere(lat, lon):
    boundaries = Boundaries({"1.1": WEST}, [], AREAS)
    assert boundaries.locate(lat, lon).reason == "nowhere"
    assert Boundaries({}, [], AREAS).locate(0, 0).reason == "nowhere"


def test_area_of_a_pack_keeps_the_others_as_outside(child):
    child.append("region.yaml", 'area: "7.1"\n')
    boundaries = child.region().boundaries
    assert code_at(boundaries, 0.5, 100.5) == "7.1"
    assert boundaries.locate(0.5, 101.5).reason == "outside"
    # Drawn in the same pack, both boundaries are as fine: the nearest decides.
    assert code_at(boundaries, 1 + north(100), 100.99) == "7.1"


def test_finer_boundaries_of_a_child_make_the_parents_coarse(child, island):
    ring = [[100, 0], [100.995, 0], [100.995, 1], [100, 1], [100, 0]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    fine = {"type": "Feature", "properties": {"code": "7.1"}, "geometry": geometry}
    text = json.dumps({"type": "FeatureCollection", "features": [fine]})
    child.append("region.yaml", 'area: "7.1"\n').write("areas/boundaries.geojson", text)
    child.write("sources.csv", "file,origin,licence\nareas/boundaries.geojson,invented,CC0\n")
    boundaries = child.region().boundaries
    assert boundaries.locate(0.5, 100.996).reason == "outside"
    assert boundaries.locate(0.5, 99.999).reason == "near"
