"""A new folder appears whole, or not at all."""

import os
import tempfile
from pathlib import Path

import pytest

from civicapp.scaffold.tree import Unwritable, staged, write_files


def everything(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*"))


def test_files_appear_together_under_their_name(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "er" / "metro"
    with staged(target) as folder:
        write_files(folder, {"region.yaml": "id: metro\n", "areas/x.bin": b"\x00"})
        assert folder.name == "metro"
        assert not target.exists()
    assert everything(tmp_path / "deep" / "er") == [
        "metro", "metro/areas", "metro/areas/x.bin", "metro/region.yaml",
    ]  # fmt: skip
    assert (target / "areas/x.bin").read_bytes() == b"\x00"


def test_nothing_stays_when_the_block_fails(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), staged(tmp_path / "new" / "metro") as folder:
        write_files(folder, {"a/b.txt": str(1 // 0)})
    assert everything(tmp_path) == []


def test_what_was_there_stays(tmp_path: Path) -> None:
    (tmp_path / "regions").mkdir()
    with pytest.raises(ZeroDivisionError), staged(tmp_path / "regions" / "metro"):
        raise ZeroDivisionError
    assert everything(tmp_path) == ["regions"]


@pytest.mark.parametrize("kind", ["folder", "file", "dangling link"])
def test_an_existing_target_is_refused(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "metro"
    match kind:
        case "folder":
            target.mkdir()
        case "file":
            target.write_text("mine")
        case _:
            target.symlink_to("nowhere")
    with pytest.raises(Unwritable, match="metro is there already"), staged(target):
        pytest.fail("a block for a target that exists")
    assert everything(tmp_path) == ["metro"]


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "regions").write_text("no folder")
    message = "regions cannot be written: (not a directory|file exists)"
    with pytest.raises(Unwritable, match=message), staged(tmp_path / "regions" / "metro"):
        pytest.fail("a block for a target that cannot be")
    assert everything(tmp_path) == ["regions"]


def test_a_folder_that_may_not_be_written_is_named() -> None:
    # A folder of its own: others may not enter those that pytest makes.
    base = Path(tempfile.mkdtemp())
    base.chmod(0o755)
    closed = base / "regions"
    closed.mkdir(mode=0o555)
    as_root = os.geteuid() == 0
    if as_root:
        os.seteuid(65534)  # root may write everywhere
    try:
        message = "cannot be written: permission denied"
        with pytest.raises(Unwritable, match=message), staged(closed / "metro"):
            pytest.fail("a block for a folder that is closed")
    finally:
        if as_root:
            os.seteuid(0)
        left = everything(base)
        closed.rmdir()
        base.rmdir()
    assert left == ["regions"]


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[Path] = []
    write = Path.write_bytes

    def fill(self: Path, data: bytes) -> int:
        if written:
            raise OSError(28, "No space left on device", str(self))
        written.append(self)
        return write(self, data)

    monkeypatch.setattr(Path, "write_bytes", fill)
    target = tmp_path / "regions" / "metro"
    with pytest.raises(Unwritable) as raised, staged(target) as folder:
        write_files(folder, {"a.txt": "1", "deep/b.txt": "2"})
    assert str(raised.value) == f"{target}/deep/b.txt cannot be written: no space left on device"
    assert raised.value.hint
    assert everything(tmp_path) == []
