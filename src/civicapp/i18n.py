"""Translations: gettext catalogs of the kernel, of each plugin, and of the pack, in that order of rank.

Messages are English in the code. A catalog is a `.po` file, read at boot, so that a deployer who edits
one has nothing to compile. The pack's words win over the plugin's, and those over the kernel's.
"""

import gettext
import io
from collections.abc import Iterable, Mapping
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

from civicapp.problems import Origin, Problem

SOURCE_LANGUAGE = "en"
KERNEL_LOCALE = Path(__file__).parent / "locale"
LIMIT = 2 * 1024 * 1024


class Catalogs:
    """All translations of one kernel, by domain (a plugin's id, "" for the kernel) and language."""

    def __init__(
        self,
        languages: tuple[str, ...],
        folders: Mapping[str, Path | None],
        pack: Mapping[str, Iterable[Path]],
    ) -> None:
        self.problems: list[Problem] = []
        self._languages = languages
        files: dict[tuple[str, str], list[Path]] = {}
        for language in languages:
            own = list(pack.get(language, ()))
            files["pack", language] = own[::-1]  # the child's words first
            for domain, folder in {"": KERNEL_LOCALE, **folders}.items():
                path = folder / f"{language}.po" if folder else None
                files[domain, language] = [path] if path and path.is_file() else []
        self._loaded = {key: [self._load(p) for p in paths] for key, paths in files.items()}
        self._chains: dict[tuple[str, str], gettext.NullTranslations] = {}

    def get(self, domain: str, language: str) -> gettext.NullTranslations:
        """Return the translations for a domain, falling back as the module says."""
        key = (domain, language)
        if key not in self._chains:
            self._chains[key] = self._chain(domain, language)
        return self._chains[key]

    def _chain(self, domain: str, language: str) -> gettext.NullTranslations:
        chain = gettext.NullTranslations()
        for spoken in self._spoken(language):
            for source in dict.fromkeys(("pack", domain, "")):
                for content in self._loaded.get((source, spoken), ()):
                    chain.add_fallback(gettext.GNUTranslations(io.BytesIO(content)))
            if spoken == SOURCE_LANGUAGE:
                break  # the messages themselves are English
        return chain

    def _spoken(self, language: str) -> list[str]:
        """List the language, and those that stand in for what it lacks."""
        return list(dict.fromkeys((language, *self._languages)))

    def _load(self, path: Path) -> bytes:
        compiled = io.BytesIO()
        try:
            if path.stat().st_size > LIMIT:
                raise ValueError(f"is larger than {LIMIT // 1024 // 1024} MiB")
            with path.open("rb") as file:
                catalog = read_po(file, ignore_obsolete=True, abort_invalid=True)
            write_mo(compiled, catalog)
        except PoFileError as e:
            self._report(path, str(e.args[0]), e.lineno + 1)
            return _nothing()
        except Exception as e:  # noqa: BLE001 - babel raises many kinds on odd bytes
            self._report(path, f"cannot be read: {e}", 0)
            return _nothing()
        return compiled.getvalue()

    def _report(self, path: Path, message: str, line: int) -> None:
        at = Origin(_shown(path), line, 1 if line else 0)
        self.problems.append(Problem("po-syntax", message, "check it with a gettext editor", at))


def _nothing() -> bytes:
    from babel.messages.catalog import Catalog

    compiled = io.BytesIO()
    write_mo(compiled, Catalog())
    return compiled.getvalue()


def _shown(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
