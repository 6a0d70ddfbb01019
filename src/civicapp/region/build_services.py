"""Build the services' configs: each read by its own model, from config.yaml and its tables."""

from collections.abc import Collection, Mapping
from typing import cast

from civicapp.config import ServiceConfig, say, tables_of
from civicapp.problems import Origin, Severity, did_you_mean
from civicapp.region.draft import Draft, Mount
from civicapp.region.layer import SERVICES
from civicapp.region.nodes import Branch, Sheet
from civicapp.region.read import read_table, read_tree
from civicapp.region.secrets import clear_cells, clear_leaves
from civicapp.region.validate import read_model

CONFIG = "config.yaml"
Models = Mapping[str, type[ServiceConfig] | None]


def build_services(
    draft: Draft, models: Models, installed: Collection[str]
) -> dict[str, ServiceConfig]:
    """Read the config of each service, by its model; None stands for a plugin that has none.

    installed: ids of all plugins, whose folders are known. A config with an error is left out.
    """
    _check_folders(draft, {*models, *installed, *(id for id, _ in draft.pack.plugins)}, installed)
    found: dict[str, ServiceConfig] = {}
    mounts: dict[str, Mount] = {}
    for service, model in models.items():
        _check_files(draft, service, model)
        if model is None:
            continue
        before = len(draft.reader.problems)
        config, mounts[service] = _service(draft, service, model)
        if config is None or draft.errors(before):
            draft.skipped.append(f"rules of {service}: its files have errors")
        else:
            found[service] = config
    draft.mounts[SERVICES] = mounts
    return found


def _service(
    draft: Draft, service: str, model: type[ServiceConfig]
) -> tuple[ServiceConfig | None, Mount]:
    tree, whole = read_tree(draft.pack, draft.reader, SERVICES, service, CONFIG)
    tree = tree or Branch({}, {}, draft.pack.own(SERVICES, service, CONFIG))
    tables: dict[str, Sheet] = {}
    rows: dict[str, object] = {}
    try:
        for name, row in tables_of(model).items():
            sheet = read_table(draft.pack, draft.reader, row, SERVICES, service, f"{name}.csv")
            sheet = draft.within(sheet, row)
            draft.reader.problems += clear_cells(row, sheet)
            tables[name] = sheet
            rows[name] = tuple(draft.rows(row, sheet).values())
        draft.reader.problems += clear_leaves(model, tree)
        config = read_model(model, tree, draft.checks, rows, partly=not whole)
    except Exception as e:
        # A validator of the plugin's own: whatever it raises is its fault.
        what = f"plugin {service}: its config model failed: {type(e).__name__}: {e}"
        hint = "this is a fault of the plugin; tell its authors what stands in the files"
        draft.reader.report("plugin-error", what, tree.origin, hint)
        config = None
    return config, cast("Mount", {**tree.items, **tables})


def _check_files(draft: Draft, service: str, model: type[ServiceConfig] | None) -> None:
    """Find files that a service does not read: most often a name is misspelt."""
    expected = [CONFIG, *(f"{name}.csv" for name in tables_of(model))] if model else []
    for layer in draft.pack.layers:
        for file in layer.inside(SERVICES, service):
            if file.name not in expected:
                what = f"{service} reads no file {say(file.name)}"
                hint = did_you_mean(file.name, expected, what="it reads") or "remove the file"
                severity = Severity.ERROR if model else Severity.WARNING
                draft.reader.report("unknown-file", what, Origin(file.place), hint, severity)


def _check_folders(draft: Draft, known: Collection[str], installed: Collection[str]) -> None:
    """Find folders of plugins that are not there; one that `plugins` names is reported there.

    Not in a bundle: its host has the enabled plugins alone.
    """
    for layer in draft.pack.layers:
        for file in layer.inside(SERVICES) if layer.folder else ():
            if file.name not in known and file.is_folder():
                what = f"no plugin {say(file.name)} is installed"
                hint = did_you_mean(file.name, list(installed), what="installed")
                hint = hint or "install it, or remove the folder"
                draft.reader.report("unknown-plugin", what, Origin(file.place), hint)
