"""Write examples/plugins/parks anew: it is exactly what `civicapp new-plugin parks` writes."""

from pathlib import Path

from civicapp.scaffold.plugin.files import plugin_files
from civicapp.scaffold.plugin.names import title_of
from civicapp.scaffold.tree import write_files

ID = "parks"
FOLDER = Path("examples/plugins") / ID
ROOT = Path(__file__).resolve().parent.parent


def write() -> None:
    """Write the example, and remove what its templates no longer have; caches stay."""
    files = plugin_files(ID, title_of(ID))
    for path in (ROOT / FOLDER).rglob("*"):
        name = path.relative_to(ROOT / FOLDER)
        if path.is_file() and name.as_posix() not in files and not _is_cache(name):
            path.unlink()
    write_files(ROOT / FOLDER, files)


def _is_cache(path: Path) -> bool:
    return any(step == "__pycache__" or step.endswith("_cache") for step in path.parts)
