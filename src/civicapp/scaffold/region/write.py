"""Write a new pack, once it has been booted where it will lie."""

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from civicapp.kernel import Boot, Kernel, boot
from civicapp.problems import Origin, Problem
from civicapp.region.files import shown
from civicapp.scaffold.region.pack import Files
from civicapp.scaffold.schema import schema_files, schema_of
from civicapp.scaffold.tree import staged, write_files
from civicapp.settings import Settings

SCHEMAS = ".schema"  # hidden: no part of the pack


class Unsound(Exception):
    """A new pack that does not boot; what is wrong with it stands in `problems`."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("the pack would not be sound")
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Written:
    """A pack that was written, and its warnings."""

    kernel: Kernel
    warnings: tuple[Problem, ...]


def write_pack(
    target: Path, files: Files, copied: Mapping[str, Path], parents: Iterable[Path]
) -> Written:
    """Write a pack and the schemas of its YAML files; nothing is written unless it boots.

    copied: files that were copied as they are, by their path in the pack; what is wrong with them
    is said of the original. parents: folders of the packs that it extends. Raises Unsound, and
    Unwritable of `civicapp.scaffold.tree`.
    """
    with staged(target) as folder:
        write_files(folder, with_schema_lines(files))
        booted = _boot(folder, target, parents)
        found = tuple(_placed(p, folder, target, copied) for p in booted.problems)
        if booted.kernel is None:
            raise Unsound(found)
        schemas = schema_files(booted.kernel)
        write_files(folder / SCHEMAS, schemas)
    return Written(booted.kernel, found)


def with_schema_lines(files: Files) -> Files:
    """Let each YAML file that a schema describes name it in its first line, for editors."""
    return {name: _with_schema_line(name, content) for name, content in files.items()}


def _with_schema_line(name: str, content: str | bytes) -> str | bytes:
    schema = schema_of(name)
    if schema is None:
        return content
    up = "../" * name.count("/")
    line = f"# yaml-language-server: $schema={up}{SCHEMAS}/{schema}\n"
    return line.encode() + content if isinstance(content, bytes) else line + content


def _boot(folder: Path, target: Path, parents: Iterable[Path]) -> Boot:
    """Boot a pack from its stage; packs that will lie beside it are lent to it."""
    for parent in parents:
        if parent.resolve().parent == target.parent.resolve():
            with suppress(FileExistsError):
                os.symlink(parent.resolve(), folder.parent / parent.name)
    return boot(folder, settings=Settings.model_construct())


def _placed(problem: Problem, folder: Path, target: Path, copied: Mapping[str, Path]) -> Problem:
    """Place a problem where its file will be, or was copied from."""
    at = problem.origin
    if at is None:
        return problem
    start = f"{shown(folder)}/"
    if not at.file.startswith(start):
        return problem
    name = at.file.removeprefix(start)
    file = shown(copied[name]) if name in copied else f"{shown(target)}/{name}"
    return replace(problem, origin=Origin(file, at.line, at.column, at.pointer))
