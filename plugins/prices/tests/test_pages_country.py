"""Pages of a region that is no single area: there is no price before somebody names a place."""

from pathlib import Path
from typing import Any

import pytest

from civicapp.testing.markup import page_faults

REGION = """\
format: 1
id: negeri
extends: indonesia
name: {id: Negeri, en: Country}
plugins: [prices]
"""
PAGES = ("", "/beras", "/compare", "/map", "/alarms", "/limits", "/basket", "/print", "/method")
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def region_under_test(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packs") / "negeri"
    folder.mkdir()
    (folder / "region.yaml").write_text(REGION, "utf-8")
    return folder


def test_every_page_stands_and_the_list_asks_for_an_area(client: Any) -> None:
    client.speak("id")
    for path in PAGES:
        for query in ("", "?area=18"):
            page = client.get(f"/prices{path}{query}")
            assert page.status_code == 200, path
            assert page_faults(page.text, "id") == [], path
    assert "Pilih wilayah untuk melihat harganya." in client.text(client.get("/prices"))
    assert "Belum ada harga." in client.text(client.get("/prices?area=18"))
    assert client.get("/").status_code == 200
