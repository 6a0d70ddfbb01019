"""Read the files of a pack: size, encoding, and what a text file may not be."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from civicapp.problems import Origin, Problem, Severity

MIB = 1024 * 1024
YAML_LIMIT = 256 * 1024
TABLE_LIMIT = 20 * MIB
SHAPES_LIMIT = 32 * MIB
PAGE_LIMIT = 256 * 1024


@dataclass(frozen=True, slots=True)
class File(ABC):
    """A file or folder of a pack, wherever it is kept; `place` is how it is shown."""

    place: str

    @property
    def name(self) -> str:
        """Return its name, without the folders."""
        return PurePath(self.place).name

    @property
    def stem(self) -> str:
        """Return its name without what follows the last point."""
        return PurePath(self.place).stem

    @property
    def suffix(self) -> str:
        """Return what its name ends with, from the last point on."""
        return PurePath(self.place).suffix

    @property
    def parsed(self) -> object:
        """Return what it holds if that was parsed before it was kept, else None."""
        return None

    @abstractmethod
    def is_folder(self) -> bool:
        """Tell whether it is a folder."""

    @abstractmethod
    def read(self, limit: int, reader: "Reader") -> str | None:
        """Return its text, or None after noting why it cannot be used."""


@dataclass(frozen=True, slots=True)
class DiskFile(File):
    """A file or folder on this computer."""

    path: Path

    @classmethod
    def at(cls, path: Path) -> "DiskFile":
        """Name a file by its path; it is shown relative to the working folder."""
        return cls(shown(path), path)

    def is_folder(self) -> bool:
        """Tell whether it is a folder."""
        try:
            return self.path.is_dir()
        except OSError:
            return False  # whoever reads it says why it cannot be read

    def read(self, limit: int, reader: "Reader") -> str | None:
        """Return its text, or None after noting why it cannot be used."""
        at = Origin(self.place)
        try:
            if not self.path.is_file():
                reader.report("not-a-file", "is no ordinary file", at, "put a file in its place")
                return None
            size = self.path.stat().st_size
            if size > limit:
                reader.report(
                    "too-large",
                    f"is {size / MIB:.1f} MiB, at most {limit / MIB:g} MiB are read",
                    at,
                    "leave out what the app does not need, or split the file",
                )
                return None
            data = self.path.read_bytes()
        except OSError as e:
            reader.unreadable(e, at)
            return None
        return reader.decoded(data, at)


@dataclass(slots=True)
class Reader:
    """Read files and collect their problems."""

    problems: list[Problem] = field(default_factory=list)

    def report(
        self,
        code: str,
        message: str,
        origin: Origin,
        hint: str,
        severity: Severity = Severity.ERROR,
    ) -> None:
        """Note a problem."""
        self.problems.append(Problem(code, message, hint, origin, severity))

    def warn(self, code: str, message: str, origin: Origin, hint: str) -> None:
        """Note a problem that does not stop the start."""
        self.report(code, message, origin, hint, Severity.WARNING)

    def entries(self, folder: Path) -> list[Path]:
        """List what lies in a folder by name, without hidden files."""
        try:
            return sorted(p for p in folder.iterdir() if not p.name.startswith("."))
        except OSError as e:
            self.unreadable(e, Origin(shown(folder)))
            return []

    def unreadable(self, error: OSError, at: Origin) -> None:
        """Note that the system does not let a file or folder be read."""
        reason = error.strerror or "the system refuses it"
        hint = "check who may read it, and that no link leads nowhere"
        self.report("unreadable", f"cannot be read: {reason.lower()}", at, hint)

    def text(self, file: File, limit: int) -> str | None:
        """Return a file's text, or None after noting why it cannot be used."""
        return file.read(limit, self)

    def decoded(self, data: bytes, at: Origin) -> str | None:
        """Return what bytes say as UTF-8, or None after noting why they are no text."""
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            self.report("encoding", "is UTF-16", at, "save it as UTF-8")
            return None
        if data.startswith(b"\xef\xbb\xbf"):
            self.report(
                "byte-order-mark",
                "begins with a byte order mark",
                Origin(at.file, 1, 1),
                "save it as UTF-8 without BOM (in spreadsheets: CSV, not CSV UTF-8)",
            )
            data = data[3:]
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as e:
            good = data[: e.start]
            line_start = good.rfind(b"\n") + 1
            column = len(good[line_start:].decode("utf-8", errors="replace")) + 1
            self.report(
                "encoding",
                f"byte 0x{data[e.start]:02x} is no UTF-8",
                Origin(at.file, good.count(b"\n") + 1, column),
                "save it as UTF-8",
            )
            return None
        if "\x00" in text:
            before = text[: text.index("\x00")]
            line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
            self.report(
                "encoding",
                "holds a NUL character",
                Origin(at.file, line, column),
                "save it as plain UTF-8 text",
            )
            return None
        if not text.strip():
            self.report("empty-file", "is empty", at, "fill it, or delete the file")
            return None
        return text


def shown(path: Path) -> str:
    """Write a path relative to the working folder when it lies inside it."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
