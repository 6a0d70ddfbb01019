"""Translations: gettext catalogs of the kernel, of each plugin, and of the pack.

Messages are English in the code. A catalog is a `.po` file, read at boot, so that a deployer who
edits one has nothing to compile. The pack's words win over the plugin's, those over the kernel's.
"""

import gettext
import io
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

from civicapp.config import say
from civicapp.problems import Origin, Problem
from civicapp.region.files import DiskFile, File, Reader

SOURCE_LANGUAGE = "en"
KERNEL_LOCALE = Path(__file__).parent / "locale"
LIMIT = 2 * 1024 * 1024
COUNTS = range(1000)  # for which a plural rule is tried
_PLACEHOLDER = re.compile(r"%\((\w+)\)")


class Catalogs:
    """All translations of one kernel, by domain (a plugin's id, "" for the kernel) and language."""

    def __init__(
        self,
        languages: tuple[str, ...],
        folders: Mapping[str, Path | None],
        pack: Mapping[str, Iterable[File]],
    ) -> None:
        self._reader = Reader()
        self._languages = languages
        files: dict[tuple[str, str], list[File]] = {}
        for language in languages:
            own = list(pack.get(language, ()))
            files["pack", language] = own[::-1]  # the child's words first
            for domain, folder in {"": KERNEL_LOCALE, **folders}.items():
                path = folder / f"{language}.po" if folder else None
                files[domain, language] = [DiskFile.at(path)] if path and path.is_file() else []
        self._loaded = {
            key: [read_catalog(file, self._reader) for file in found]
            for key, found in files.items()
        }
        self._chains: dict[tuple[str, str], gettext.NullTranslations] = {}

    @property
    def problems(self) -> list[Problem]:
        """Return what is wrong with the catalogs."""
        return self._reader.problems

    def get(self, domain: str, language: str) -> gettext.NullTranslations:
        """Return the translations for a domain, falling back as the module says."""
        key = (domain, language)
        if key not in self._chains:
            self._chains[key] = self._chain(domain, language)
        return self._chains[key]

    def own(self, language: str, message: str) -> str | None:
        """Return a message as the pack or the kernel has it in this very language, else None."""
        for source in ("pack", ""):
            for content in self._loaded.get((source, language), ()):
                found = gettext.GNUTranslations(io.BytesIO(content)).gettext(message)
                if found != message:
                    return found
        return None

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


def read_catalog(file: File, reader: Reader) -> bytes:
    """Return a `.po` file compiled; one without messages after noting why it cannot be used."""
    text = reader.text(file, LIMIT)
    if text is None:
        return _compiled(Catalog())
    hint = "check it with a gettext editor"
    try:
        # The language decides how many plurals there are, unless the file's header does.
        catalog = read_po(
            io.StringIO(text), locale=file.stem, ignore_obsolete=True, abort_invalid=True
        )
        catalog.charset = "utf-8"  # whatever the header says: it was read as UTF-8
        _fill_plurals(catalog)
        content = _compiled(catalog)
        translations = gettext.GNUTranslations(io.BytesIO(content))
        for n in COUNTS:
            translations.ngettext("", "", n)
    except PoFileError as e:
        at = Origin(file.place, e.lineno + 1, 1)
        reader.report("po-syntax", f"cannot be read: {str(e.args[0]).lower()}", at, hint)
    except Exception as e:
        # Babel raises many kinds on odd bytes, and gettext on an odd rule for plurals.
        reader.report("po-syntax", f"cannot be read: {e}", Origin(file.place), hint)
    else:
        _check_placeholders(catalog, file.place, reader)
        return content
    return _compiled(Catalog())


def _fill_plurals(catalog: Catalog) -> None:
    """Use a language's one form for every number, where its file states no rule for plurals."""
    for message in catalog:
        if isinstance(message.string, tuple | list) and any(message.string):
            *_, last = filter(None, message.string)
            message.string = tuple(form or last for form in message.string)


def _compiled(catalog: Catalog) -> bytes:
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    return compiled.getvalue()


def _check_placeholders(catalog: Catalog, file: str, reader: Reader) -> None:
    """Find translations that a page could not fill in."""
    for message in catalog:
        texts = message.id if isinstance(message.id, tuple | list) else (message.id,)
        known = {name for text in texts for name in _PLACEHOLDER.findall(str(text))}
        if not known or message.fuzzy:
            continue
        strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
        for string in filter(None, strings):
            at = Origin(file, message.lineno or 0, 1 if message.lineno else 0)
            if odd := [n for n in _PLACEHOLDER.findall(str(string)) if n not in known]:
                what = f"the translation holds %({odd[0]})s, which the message does not"
                hint = f"the message holds {', '.join(f'%({n})s' for n in sorted(known))}"
                reader.report("po-placeholder", what, at, hint)
            elif not _fills(str(string), known):
                what = f"the translation {say(str(string))} cannot be filled in"
                hint = "write %(name)s as the message does, and %% for a percent sign"
                reader.report("po-placeholder", what, at, hint)


def _fills(text: str, names: Iterable[str]) -> bool:
    try:
        text % dict.fromkeys(names, "")
    except (TypeError, ValueError, KeyError):
        return False
    return True
