"""Plugins among the examples are found here as if they were installed; nothing else sees them."""

import tomllib
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def entry_points(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with what an installer would note of each example."""
    site = tmp_path_factory.mktemp("site")
    for path in sorted(HERE.glob("plugins/*/pyproject.toml")):
        project = tomllib.loads(path.read_text("utf-8"))["project"]
        name, version = project["name"], project["version"]
        info = site / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        (info / "METADATA").write_text(metadata)
        points = project["entry-points"]["civicapp.plugins"].items()
        lines = "".join(f"{id} = {where}\n" for id, where in points)
        (info / "entry_points.txt").write_text(f"[civicapp.plugins]\n{lines}")
    return site


@pytest.fixture(autouse=True)
def installed(entry_points: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the examples be found while a test of theirs runs."""
    monkeypatch.syspath_prepend(str(entry_points))
