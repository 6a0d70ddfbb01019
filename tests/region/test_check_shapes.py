"""What `civicapp check` says of boundaries: GeoJSON structure, and whether polygons are sound."""

import json

import pytest

SHAPES = "areas/boundaries.geojson"
RING = [[100, 0], [101, 0], [101, 1], [100, 1], [100, 0]]


def feature(geometry, code="7.1"):
    return {"type": "Feature", "properties": {"code": code}, "geometry": geometry}


def polygon(*rings):
    return {"type": "Polygon", "coordinates": list(rings)}


def multi(*polygons):
    return {"type": "MultiPolygon", "coordinates": list(polygons)}


def collection(*features):
    return json.dumps({"type": "FeatureCollection", "features": features})


def moved(ring, east):
    return [[x + east, y] for x, y in ring]


BOW = [[100, 0], [101, 1], [101, 0], [100, 1], [100, 0]]
SMALL = [[100.4, 0.4], [100.6, 0.4], [100.6, 0.6], [100.4, 0.6], [100.4, 0.4]]
GEO = "/features/1/geometry"


@pytest.mark.parametrize(
    ("geometry", "pointer", "code", "message", "hint"),
    [
        (None, GEO, "empty-polygon", "the boundary is null", "remove the feature"),
        ({}, GEO, "wrong-type", "wants a Polygon or MultiPolygon, got a mapping", "map editor"),
        ("x", GEO, "wrong-type", "wants a Polygon or MultiPolygon, got `x`", "map editor"),
        ({"type": "Point", "coordinates": [1, 2]}, GEO, "wrong-type", "got `Point`", "map editor"),
        ({"type": ["a"], "coordinates": []}, GEO, "wrong-type", "got a list", "map editor"),
        (polygon(), f"{GEO}", "empty-polygon", "the boundary is empty", "give it a Polygon"),
        (multi(), f"{GEO}", "empty-polygon", "the boundary is empty", "give it a Polygon"),
        (multi([RING], []), f"{GEO}/coordinates/1", "empty-polygon", "is empty", "Polygon"),
        (multi([RING], 5), f"{GEO}/coordinates/1", "wrong-type", "got the number 5", "[[[lon"),
        ({"type": "Polygon"}, GEO, "empty-polygon", "the boundary is empty", "give it a Polygon"),
        ({"type": "MultiPolygon"}, GEO, "empty-polygon", "the boundary is empty", "give it"),
        (
            polygon([]),
            f"{GEO}/coordinates/0",
            "empty-polygon",
            "a ring is empty",
            "remove the ring",
        ),
        (polygon(RING, []), f"{GEO}/coordinates/1", "empty-polygon", "a ring is empty", "remove"),
        (polygon(RING[:-1]), f"{GEO}/coordinates/0", "unclosed-polygon", "not end where", "repeat"),
        (
            multi([RING], [moved(RING, 5)[:-1]]),
            f"{GEO}/coordinates/1/0",
            "unclosed-polygon",
            "a ring does not end where it began",
            "repeat its first position at its end",
        ),
        (
            polygon([[100, 0], [101, 0], [100, 0]]),
            f"{GEO}/coordinates/0",
            "empty-polygon",
            "a ring has 3 positions",
            "at least 4",
        ),
        (
            polygon([[100, 0], [101, 0], ["x", 1], [100, 0]]),
            f"{GEO}/coordinates/0/2",
            "wrong-type",
            "a position wants two numbers",
            "[longitude, latitude]",
        ),
        (polygon([[100, 0], [True, 0], [1, 1]]), f"{GEO}/coordinates/0/1", "wrong-type", "", ""),
        (polygon([[100, 0], 5, [1, 1]]), f"{GEO}/coordinates/0/1", "wrong-type", "", ""),
        (polygon([[100, 0], [10**400, 0]]), f"{GEO}/coordinates/0/1", "wrong-type", "", ""),
        (
            polygon([[y, x] for x, y in RING]),
            f"{GEO}/coordinates/0/0",
            "wrong-value",
            "[0, 100] is no longitude and latitude",
            "longitude comes first: they look swapped",
        ),
        (
            polygon([[100, 0], [500000, 9400000]]),
            f"{GEO}/coordinates/0/1",
            "wrong-type",
            "a position wants two numbers",
            "in degrees",
        ),
        (
            polygon(BOW),
            GEO,
            "self-crossing",
            "the boundary crosses itself at longitude 100.5, latitude 0.5",
            "mend it in a map editor",
        ),
        (polygon([[100, 0], [101, 0], [100, 0], [100, 0]]), GEO, "unsound-polygon", "too few", ""),
        (polygon(RING, moved(SMALL, 9)), GEO, "unsound-polygon", "a hole lies outside", "editor"),
        (multi([RING], [SMALL]), GEO, "unsound-polygon", "a polygon lies inside another", "editor"),
    ],
)
def test_unsound_geometry(island, geometry, pointer, code, message, hint):
    island.write(SHAPES, collection(feature(polygon(moved(RING, 1)), "7.10"), feature(geometry)))
    problem = island.only()
    assert (str(problem.origin), problem.code) == (f"island/{SHAPES}:{pointer}", code)
    assert problem.message.startswith("area `7.1`: ")
    assert message in problem.message
    assert hint in problem.hint


@pytest.mark.parametrize(
    ("features", "pointer", "code", "message", "hint"),
    [
        ([5], "/features/0", "wrong-type", "wants a Feature with properties", '"properties"'),
        ([{"properties": None}], "/features/0", "wrong-type", "with properties", '"properties"'),
        (
            [feature(polygon(RING), None)],
            "/features/0/properties/code",
            "missing-key",
            "",
            "code of",
        ),
        ([feature(polygon(RING), "")], "/features/0/properties/code", "missing-key", "", "code of"),
        (
            [feature(polygon(RING), 7.1)],
            "/features/0/properties/code",
            "wrong-type",
            "7.1",
            "quotes",
        ),
        (
            [feature(polygon(RING), [])],
            "/features/0/properties/code",
            "wrong-type",
            "list",
            "quotes",
        ),
        ([feature(polygon(RING), "7.11")], GEO.replace("1", "0"), "unknown-area", "`7.11`", "mean"),
        (
            [feature(polygon(RING), "x")],
            GEO.replace("1", "0"),
            "unknown-area",
            "`x`",
            "known: 7, 7.1",
        ),
        (
            [feature(polygon(RING)), feature(polygon(RING))],
            "/features/1",
            "duplicate-row",
            "area `7.1` has a second boundary, the first is /features/0",
            "keep one of them, as a MultiPolygon",
        ),
        ([], "/features", "empty-file", "holds no feature", "fill it, or delete the file"),
    ],
)
def test_features(island, features, pointer, code, message, hint):
    island.write(SHAPES, collection(*features))
    problem = island.only()
    assert (str(problem.origin), problem.code) == (f"island/{SHAPES}:{pointer}", code)
    assert message in problem.message
    assert hint in problem.hint


@pytest.mark.parametrize(
    ("text", "place", "code"),
    [
        ('{"type": "FeatureCollection",\n "features": [}', ":2:15", "json-syntax"),
        ("nonsense", ":1:1", "json-syntax"),
        ("[" * 100_000, "", "json-syntax"),
        ('{"a": ' + "9" * 5000 + "}", "", "json-syntax"),
        ("[]", ":1:1", "wrong-type"),
        ('{"type": "Feature"}', ":1:1", "wrong-type"),
        ('{"type": "FeatureCollection"}', ":/features", "wrong-type"),
        ('{"type": "FeatureCollection", "features": {}}', ":/features", "wrong-type"),
    ],
)
def test_structure(island, text, place, code):
    island.write(SHAPES, text)
    problem = island.only()
    assert f"{problem.origin} {problem.code}" == f"island/{SHAPES}{place} {code}"
    assert problem.hint
    assert "Error" not in problem.message


def test_each_unsound_ring_is_reported(island):
    geometry = multi([RING[:-1]], [moved(RING, 3), []], [moved(RING, 6)], ["x"])
    island.write(SHAPES, collection(feature(geometry)))
    assert [p.origin.pointer.removeprefix("/features/0/geometry") for p in island.problems()] == [
        "/coordinates/0/0",
        "/coordinates/1/1",
        "/coordinates/3/0",
    ]


def test_pointers_are_ordered_as_numbers(island):
    island.write(SHAPES, collection(*[feature(None, f"7.{n}") for n in range(12)]))
    pointers = [p.origin.pointer for p in island.problems()]
    assert pointers == [f"/features/{n}/geometry" for n in range(12)]


def test_heights_are_passed_over(island):
    ring = [[x, y, 12.5] for x, y in RING]
    ring[2] = ring[2][:2]
    island.write(SHAPES, collection(feature(polygon(ring))))
    assert island.region().boundaries.locate(0.5, 100.5).area.code == "7.1"


def test_several_files_are_read_in_the_order_of_their_names(island):
    island.write("areas/boundaries-2.geojson", collection(feature(polygon(SMALL), "7.1.1")))
    island.append("sources.csv", "areas/boundaries-2.geojson,invented,CC0\n")
    assert island.region().boundaries.locate(0.5, 100.5).area.code == "7.1.1"
    island.write("areas/boundaries-2.geojson", collection(feature(polygon(SMALL), "7.1")))
    problem = island.only()
    assert str(problem.origin) == f"island/{SHAPES}:/features/0/geometry"
    assert problem.message == (
        "area `7.1` has a boundary in island/areas/boundaries-2.geojson:/features/0/geometry too"
    )


def test_a_childs_boundary_replaces_the_parents(child):
    child.write(SHAPES, collection(feature(polygon(SMALL))))
    child.write("sources.csv", f"file,origin,licence\n{SHAPES},invented,CC0\n")
    boundaries = child.region().boundaries
    assert boundaries.shape("7.1").area == pytest.approx(0.04)
    assert boundaries.shape("7.10").area == pytest.approx(1)
    assert boundaries.shape("7") is None
    assert "7.1" in boundaries
    assert "7" not in boundaries
    assert len(boundaries) == 2
