"""The README of a bundle: one template, in English and in each language that the kernel speaks."""

from collections.abc import Mapping
from typing import Any

import jinja2

from civicapp.bundle.facts import BundleFacts
from civicapp.bundle.host.places import CONTAINER, systemd
from civicapp.i18n import KERNEL_LOCALE, SOURCE_LANGUAGE, Catalogs


def languages(facts: BundleFacts) -> list[str]:
    """List the languages in which there is a README."""
    spoken = (x for x in facts.languages if (KERNEL_LOCALE / f"{x}.po").is_file())
    return [SOURCE_LANGUAGE, *(x for x in spoken if x != SOURCE_LANGUAGE)]


def readme(
    environment: jinja2.Environment, facts: BundleFacts, language: str, common: Mapping[str, Any]
) -> str:
    """Return the README in a language."""
    texts = Catalogs((language,), {}, {}).get("", language)
    own = environment.overlay()
    own.install_gettext_callables(  # type: ignore[attr-defined]
        texts.gettext, texts.ngettext, newstyle=True
    )
    host = systemd(facts.region)
    more = {
        "language": language,
        "languages": languages(facts),
        "name": facts.name(language),
        "bundle": host.bundle,
        "venv": host.venv,
        "container": CONTAINER,
        "etc": f"/etc/civicapp/{facts.region}",
        "srv": f"/srv/civicapp/{facts.region}",
        "units": f"civicapp-{facts.region}",
        "command": f"sudo sh {host.bundle}/systemd/command.sh",
    }
    return own.get_template("README.md").render({**common, **more})
