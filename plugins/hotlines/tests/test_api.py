"""The hotlines API."""

import pytest

from civicapp.testing import Client


def numbers(client: Client, query: str = "", **headers: str) -> list[tuple[str, str]]:
    answer = client.get(f"/api/v1/hotlines/numbers{query}", headers=headers)
    assert answer.status_code == 200, answer.text
    return [(n["number"], n["name"]) for n in answer.json()["items"]]


def test_without_an_area_the_numbers_of_the_whole_region(client: Client) -> None:
    assert numbers(client) == [("119", "Ambulance"), ("110", "Police"), ("123", "Power")]


def test_an_area_adds_its_own_numbers(client: Client) -> None:
    assert [n for n, _ in numbers(client, "?area=1.1")] == [
        "112",
        "119",
        "0811729444",
        "110",
        "123",
    ]
    assert [n for n, _ in numbers(client, "?area=1.2")] == ["119", "110", "123"]


def test_names_are_in_the_callers_language(client: Client) -> None:
    assert numbers(client, **{"accept-language": "id-ID,en;q=0.5"})[0] == ("119", "Ambulans")


def test_an_unknown_area_is_a_problem_in_the_callers_language(client: Client) -> None:
    answer = client.get("/api/v1/hotlines/numbers?area=9", headers={"accept-language": "id"})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == "Tidak ada wilayah dengan kode ini."


def test_a_place_in_words(client: Client) -> None:
    answer = client.get("/api/v1/hotlines/place?lat=10.4&lon=-30.4").json()
    assert answer["reason"] == "inside"
    assert answer["words"] == "Port, North District"
    found = [(a["code"], a["lat"], a["lon"]) for a in answer["areas"]]
    assert found == [("1.1.1", 10.5, -30.5), ("1.1", 10.5, -30)]


@pytest.mark.parametrize(
    ("lat", "lon", "detail"),
    [
        (50, 50, "This point is in no area of this region."),
        (-30.5, 10.5, "Latitude and longitude look swapped."),
    ],
)
def test_a_point_elsewhere(client: Client, lat: float, lon: float, detail: str) -> None:
    answer = client.get("/api/v1/hotlines/place", params={"lat": lat, "lon": lon})
    assert answer.status_code == 404
    assert answer.json()["detail"] == detail


def test_a_point_that_is_no_number(client: Client) -> None:
    answer = client.get("/api/v1/hotlines/place?lat=x&lon=10")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "#/query/lat"
