"""Write hooks.md and problems.md from the sources, and what other pages include (`make docs`)."""

import ast
import dataclasses
import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType

import civicapp_prices.hookspecs

from civicapp import hookspecs, service

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent

# problems.md

CODE = re.compile(r"[a-z]+(-[a-z]+)+")
REPORTS = {"Problem", "report", "warn", "unfit", "PydanticCustomError"}  # take a code first
FOREIGN = frozenset({"build-system", "check-ignore"})  # words of pyproject.toml and git, no codes
# Folders of civicapp in which no problem is made.
QUIET = ("cli", "notify", "scaffold", "testing", "web", "regions")

# A line per code: what it means | how to mend it.
PROBLEMS = """\
## Finding a pack
no-region | no pack has this name, no folder this path | name a known pack, or a path
missing-parent | `extends` names a pack that is not there | put it beside this pack
extends-cycle | packs extend one another in a circle, or the chain is too long | leave `extends` out of the root pack
missing-file | a file that must be there is not | write it, or name another

## Files
unreadable | the system does not let us read it | check owner and permissions
not-a-file | a folder or a device stands where a file belongs | put a file there
not-a-folder | a file stands where a folder belongs | make it a folder
unknown-file | nothing reads this file | mend its name, or remove it
empty-file | the file holds nothing | fill it, or delete it
too-large | it is larger than what is read | leave out what the app does not need
encoding | it is no UTF-8 text | save it as UTF-8
byte-order-mark | it begins with a byte order mark | save it as UTF-8 without BOM
no-source | a data file has no row in sources.csv | say there where its facts come from, and under which licence
po-syntax | a translation cannot be read | check it with a gettext editor
po-placeholder | a translation has other `%(words)s` than the message | write the same ones

## YAML
yaml-syntax | it is no YAML | look at quotes, colons and indentation
yaml-anchor | anchors and aliases are not used in packs | write the value out
yaml-merge-key | the merge key `<<` is not used in packs | write the keys out
yaml-tag | tags such as `!!str` are not used in packs | remove the tag
too-deep | it is nested too deeply | flatten it
unquoted-number | a code is text here, but other programs would read it as a number | put it in quotes

## Tables
csv-syntax | it is no CSV | divide by commas; put a text that holds one in quotes
duplicate-row | a key stands in two rows, or an area has two boundaries | keep one
nothing-to-delete | `_delete` marks a row that no parent pack has | mend the row's key, or remove the row

## Keys and values
duplicate-key | a key, column or plugin stands twice | keep one of them
unknown-key | no such key, column or placeholder is known | mend its name, or remove it
missing-key | something that is required is missing | add it
wrong-type | the value is of another type, such as text for a number | see the hint
wrong-value | the type is right, the value is not possible here | see the hint
literal-secret | a secret stands in the pack | write `${env:NAME}` or `${file:/path}`, and change the secret: it is known now
unknown-language | a text is in a language that the region does not declare | add it to `languages`, or remove the text

## Areas, offices, calendar, pages
unknown-area | no area has this code | mend the code, or add the area to areas.csv
unknown-agency | no agency has this code | mend the code, or add it to agencies.csv
unknown-permission | a role names a permission that no service declares | mend it; `civicapp plugins REGION` lists them
unknown-level | `levels` in region.yaml does not name it | mend it, or add it there
unknown-kind | `kinds` in region.yaml does not name it | mend it, or add it there
orphan-area | the area above is not there, or lies inside it | mend `parent`
outside-region | the area lies in none of the region's own | mend `parent`, or remove it
calendar-not-covered | the year's collective leave is not known: deadlines in it are estimates | add calendar/YEAR.csv when the decree is out
missing-page | a page that every page links to is missing | write it

## Boundaries
json-syntax | it is no JSON | check commas and brackets, or export it again
empty-polygon | the boundary is null, empty, or encloses nothing | draw or remove it
unclosed-polygon | a ring does not end where it began | repeat its first position at its end
self-crossing | the boundary crosses itself | mend it in a map editor, at the place that is named
unsound-polygon | rings overlap, or a hole lies outside | mend it in a map editor

## Branding
low-contrast | two colours are too alike to be read | take a darker or lighter one
near-danger | a colour looks like the warning red | take another hue
fixed-colour | this colour means the same in every theme | remove it
bad-logo | the logo is no SVG that is safe to show | export it as plain SVG

## Plugins and the host
unknown-plugin | no plugin of this name is installed | install it, or take it out
plugin-error | a plugin cannot be used | see the message; it is the plugin's fault
wrong-setting | a CIVICAPP_* variable is wrong | see [deploy.md](deploy.md)
unknown-setting | no setting has the name of this CIVICAPP_* variable, no plugin and no pack reads it | mend the name, or unset it
secret-file | a file with a secret is missing, empty, of another form, or others can read it | see the hint
database-unusable | data folder or database cannot be used: not there, full, no rights, wrong password, no database | see the hint
database-not-migrated | a PostgreSQL database lacks tables of this version | `civicapp db upgrade REGION`
database-newer | a newer version of the program has migrated the database | install that version again
secret-key | the host's secret key is missing or no random key | `openssl rand -hex 32` makes one
migration-failed | a migration could not be run; nothing of it was kept | see the message; a plugin's migration is the plugin's fault

## Backup, restore, move
unknown-table | the database holds a table or column that no enabled service knows, or lacks one | enable its plugin, bring the database to this version, or leave it out: `--without`
column-not-portable | a column has a type that SQLite and PostgreSQL do not keep alike | choose another type; docs/backup.md lists those that can be copied
row-not-portable | a value cannot be kept by the other database exactly, such as a text with a NUL character | mend the row that is named
transfer-failed | a database did not take what was copied, or gave back something else; nothing was kept | see the message
database-in-use | another process has the database open | stop server and worker
not-empty | database or file store hold something already | name an empty one
backup-file | the file of the backup cannot be written: it is there already, no folder, no room | see the hint
backup-damaged | the file is no backup, or a byte of it is wrong, or its end is missing | take another backup
backup-unfit | the backup is of another region, of a newer version, or of a plugin that is not enabled | see the hint
lost-file | rows name files that are not in the file store | look for them in an older backup
strange-file | the file store holds files that civicapp did not put there; they are left out | keep them elsewhere

## Bundles
bundle-changed | region.json is not as it was built, or MANIFEST.json does not tell | build the bundle again; additions belong in `overrides/`
bundle-unreadable | region.json is cut short or damaged | build the bundle again
bundle-newer | a later version of civicapp built it | install that version, from the bundle's `wheels/`
bundle-place | a bundle cannot be built there, or of this | name a folder that is new, empty, or a bundle; build from a pack
bundle-unwritten | the disk is full, or the folder cannot be written; nothing was changed | see the hint
missing-dependency | a package lacks another that it needs, or has it in a version that does not fit | `pip install` it
no-digest | neither the lock nor the index tells a package's digest | reach the index, or give `--wheelhouse`
no-wheel | there is no wheel of a package, or it cannot be built | give `--wheelhouse`, or see the message
pip-missing | pip is not installed beside civicapp | `python -m ensurepip`
secret-mode | others can read a secret of the bundle | `chmod 600` the file, `chmod 700` its folder
secret-place | a secret is empty, or lies where it would be lost or published | see the hint
wrong-builder | this Python or system cannot choose the wheels of the host | build with CPython, on Linux for `--offline`

## Plugin hotlines
hotlines-number | nobody can dial this number | write digits only
hotlines-unsourced | the number is confirmed, but no source is given | name the source, or set it to unconfirmed
hotlines-none | no confirmed number answers in the whole region | add one without an area

## Plugin complaints
complaints-none | nobody can report anything: there is no active category | add rows to categories.csv
complaints-code | a category's code has another form | small letters and digits, parts divided by dots
complaints-unknown | a row names a group, class, question or category that is not there | mend the code, or add the row
complaints-no-number | an emergency has no number to call | write it into `call`
complaints-promise | an emergency promises a deadline | leave `sla` empty: who is in danger has to call
complaints-no-sla | a category has no deadline | name a class of sla.csv
complaints-number | nobody can dial this number | write digits only
complaints-sensitive | a sensitive category would show its exact place | set `sensitive` or `public_asset` to false
complaints-no-route | nobody is responsible for a category everywhere | add a rule without area and owner
complaints-ambiguous | two rules fit the same reports equally | make one more special, or give it a higher priority
complaints-owner | no answer names this owner, so the rule never counts | name an owner of answers.csv
complaints-level | this is no level of areas, nor `national` | name a level of region.yaml
complaints-unasked | no category asks this question | name it in `question` of a category, or remove it
complaints-answers | a question's answers decide nothing, or do not have exactly one for who does not know | mend answers.csv
complaints-setting | a setting of config.yaml cannot be so | the hint names what it can be
"""  # noqa: E501 - rows of a table

PROBLEMS_HEAD = """\
# Problems

<!-- Written by `make docs` from docs/generate.py and the sources; edit those. -->

`civicapp check REGION` prints every problem of a pack in one run, and exits with 0 or, if there is
an error, with 2:

```
regions/metro/region.yaml:7:1 unknown-key unknown key `timzone`
    7 | timzone: Asia/Jakarta
      | ^
    hint: did you mean `timezone`?
```

Place, code, message, source line, hint. In a table the line is the row of the file (the header is
row 1), in GeoJSON the place is a pointer such as `/features/3/geometry`. Lines that may hold a
secret are not shown. `--format json` prints a list with `file`, `line`, `column`, `pointer`,
`code`, `severity`, `message`, `hint`; `--format github` marks the lines of a pull request.

An **error** stops `civicapp serve`; a **warning** is only shown. Codes stay the same between
versions; messages may be worded better. A plugin's codes begin with its id.
"""


def problems_page() -> str:
    """Return problems.md; stop when a code has no text or a text no code."""
    used, texts = codes(), known_codes()
    if untold := sorted(used.keys() - texts):
        sys.exit(f"docs/generate.py: no text for {', '.join(untold)}: add it to PROBLEMS")
    if stale := sorted(texts - used.keys()):
        sys.exit(f"docs/generate.py: nothing reports {', '.join(stale)}: remove it from PROBLEMS")
    lines = [PROBLEMS_HEAD.rstrip()]
    for line in PROBLEMS.splitlines():
        code, *cells = line.split(" | ")
        if line.startswith("## "):
            lines += ["", line, "| code | | what it means | how to mend it |", "| --- " * 4 + "|"]
        elif cells:
            lines.append(f"| `{code}` | {' or '.join(sorted(used[code]))} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def known_codes() -> set[str]:
    """Return the codes that have a text."""
    return {line.split(" | ")[0] for line in PROBLEMS.splitlines() if " | " in line}


def codes() -> dict[str, set[str]]:
    """Find the codes that the sources use, each with `error`, `warning` or both."""
    found: dict[str, set[str]] = {}
    known = known_codes()
    for path in sources():
        own = _plugin(path)
        for code, kind in _codes_in(ast.parse(path.read_text("utf-8")), known):
            # A plugin's codes of Problems begin with its id; its API has codes of its own.
            if code not in FOREIGN and (own is None or code.startswith(f"{own}-")):
                found.setdefault(code, set()).add(kind)
    return found


def _plugin(path: Path) -> str | None:
    parts = path.relative_to(ROOT).parts
    return parts[1] if parts[0] == "plugins" else None


def sources() -> Iterator[Path]:
    """List the modules that may make a Problem."""
    core = ROOT / "src" / "civicapp"
    for path in sorted(core.rglob("*.py")):
        if path.relative_to(core).parts[0] not in QUIET:
            yield path
    yield from sorted(ROOT.glob("plugins/*/src/**/*.py"))


def _codes_in(node: ast.AST, known: set[str], kind: str = "error") -> Iterator[tuple[str, str]]:
    """Take every literal that looks like a code; `f"unknown-{kind}"` stands for several.

    So no helper that hands a code on can hide it. A code of one word is found where it is reported.
    """
    match node:
        case ast.Call():
            kind = "warning" if _warns(node) else "error"
            match node.args:
                case [ast.Constant(value=str(text)), *_] if _name(node) in REPORTS:
                    yield text, kind
        case ast.Constant(value=str(text)) if CODE.fullmatch(text):
            yield text, kind
        case ast.JoinedStr(values=[ast.Constant(value=str(head)), *_]) if CODE.fullmatch(
            head + "x"
        ):
            yield from ((code, kind) for code in sorted(known) if code.startswith(head))
    for child in ast.iter_child_nodes(node):
        # What a text is compared with, as a word of an exception, is no code that is reported.
        if not (isinstance(node, ast.Compare) and isinstance(child, ast.Constant)):
            yield from _codes_in(child, known, kind)


def _warns(call: ast.Call) -> bool:
    given = [*call.args, *(k.value for k in call.keywords)]
    return _name(call) == "warn" or any(getattr(a, "attr", "") == "WARNING" for a in given)


def _name(call: ast.Call) -> str:
    return str(getattr(call.func, "attr", getattr(call.func, "id", "")))


# hooks.md

HOOKS_HEAD = """\
# Hooks: the contract of a plugin

<!-- Written by `make docs` from hookspecs.py and service.py; edit those. -->

A plugin is an installed package with an entry point in the group `civicapp.plugins`. The entry
point's name is the plugin's id: 2 to 21 small letters and digits, a letter first.

```toml
[project.entry-points."civicapp.plugins"]
prices = "civicapp_prices.plugin"
```

The module holds functions marked with `@hookimpl`. A region enables the plugin by its id: `plugins:
[prices]` in region.yaml. Only then is the module imported. `civicapp plugins REGION` shows what an
enabled plugin contributes, and what is wrong with one that cannot be used.

A plugin imports from `civicapp` and `civicapp.web`, and from no other module of civicapp. Plugins
never import one another. `civicapp new-plugin parks` starts one that works, and
[plugins.md](plugins.md) goes through it; [plugins/hotlines](../plugins/hotlines) is the shortest.

Version 1 has these hooks:
"""

EXAMPLES = {
    "service": """\
from civicapp import Int, Service, ServiceConfig, hookimpl


class PricesConfig(ServiceConfig):
    keep_days: Int = 90  # read from services/prices/config.yaml


@hookimpl
def service() -> Service:
    return Service(id="prices", config=PricesConfig)
""",
    "check_region": """\
from collections.abc import Iterator

from civicapp import Problem, Region, hookimpl


@hookimpl
def check_region(region: Region) -> Iterator[Problem]:
    config = region.config("prices", PricesConfig)
    if config.keep_days < 1:
        key = "services/prices/keep_days"
        yield region.problem(key, "prices-days", "prices are kept for less than a day", "1 or more")
""",
    "on_event": """\
from civicapp import Event, JobContext, hookimpl


@hookimpl
def on_event(event: Event, context: JobContext) -> None:
    if event.name == "complaints.report.closed":
        context.db.write_now(count_closed, event.id, event.data["report"])
""",
    "notification_channels": """\
from civicapp import Channel, Outgoing, hookimpl


class SmsChannel(Channel):
    def send(self, outgoing: Outgoing) -> None:
        post_to_gateway(outgoing.target, outgoing.message.text, key=outgoing.id)


@hookimpl
def notification_channels() -> dict[str, type[Channel]]:
    return {"sms": SmsChannel}
""",
    "bundle_resources": """\
from collections.abc import Iterator

from civicapp import Context, EnvVar, Resource, Secret, hookimpl


@hookimpl
def bundle_resources(context: Context) -> Iterator[Resource]:
    days = context.config(PricesConfig).keep_days
    yield EnvVar("CIVICAPP_PRICES_FEED", f"where prices come from; kept for {days} days")
    yield Secret("prices_feed_key", "CIVICAPP_PRICES_FEED_KEY_FILE", "what the feed gave you")
""",
    "sources": """\
import csv
from collections.abc import Iterator
from pathlib import Path

from civicapp import Context, hookimpl


class Panel:
    label = "The panel of the chamber of trade"

    def read(self, path: Path) -> Iterator[dict[str, object]]:
        with path.open(encoding="utf-8", newline="") as file:
            for row, (day, name, price) in enumerate(csv.reader(file), 1):
                yield {"row": row, "date": day, "commodity": name, "price": price, "unit": "kg"}


@hookimpl(optionalhook=True)
def sources(context: Context) -> dict[str, Panel]:
    return {"panel": Panel()}
""",
}

REFERENCES = {
    "Router": ("`api`, `pages`", "routes, below `/api/v1/<id>` and below `/<id>`"),
    "HomeBlock": ("`home`", "a part of the home page; None shows nothing; it may be `async`"),
    "AreaBlock": ("`area`", "a part of the page of the area in `ctx.area`; it may be `async`"),
    "FooterBlock": ("`footer`", "a line at the foot of every page"),
    "JobHandler": ("`Job.handler`", "nothing; it does the work of a job"),
    "DeskCount": ("`DeskItem.count`", "how many things wait at the desk for a person"),
    "FileNames": ("`files`", "the names of the files that its rows name, in one state of the data"),
    "Seed": ("`seed`", "nothing; it makes sample data for a demonstration"),
    "Fact": ("`MenuItem.fact`", "a short live fact instead of the summary; it may be `async`"),
}

HOOKS_TAIL = """\
## How hooks are ordered
A service that another `needs` comes first; else plugins come in the order of their ids. The order
in region.yaml and the order of installation do not count, and neither do pluggy's `tryfirst`,
`trylast` and wrappers. Blocks and menu entries are ordered by their `weight` first.

## Hooks of a service
A service can open hooks of its own to other plugins: `Service.hookspecs` names a module with
functions marked by `pluggy.HookspecMarker("civicapp")`. A plugin that implements a hook of a
service which may be off marks it with `@hookimpl(optionalhook=True)`, or `needs` that service.

The service asks for them by its context: `ctx.hooks.plugins(spec)` names the plugins, and
`ctx.hooks.ask(plugin, spec)` calls one, with that plugin's own context as `context`; it raises
`PluginError` when the code of the plugin fails. What a plugin brings has a shape, not a class, so
that nothing is imported from the service.

@SERVICE_HOOKS@
## Errors
Each is reported by `civicapp check` at the line that enables the plugin, all in one run, and stops
the start. What does not depend on the plugin is checked all the same.

| mistake | what is said |
| --- | --- |
| the module cannot be imported | `plugin-error` with the exception |
| two distributions bring one id | `plugin-error` with both names |
| `@hookimpl` is forgotten | a function named like a hook is not marked |
| a hook is misspelt | there is no such hook, and the nearest one |
| an argument is misspelt | the hook's arguments |
| an exception in a hook at boot | plugin, hook and exception |
| `service()` returns something else, or another id | what was wanted |
| a reference leads nowhere, or to a wrong type | the field, the reference, the nearest name |
| two plugins claim a menu key or a command | both owners |
| a route stands twice, or has several methods | the route |
| it `needs` a plugin that is not enabled, or a circle | the ids |

At run time an exception in a block or a fact is isolated: that part is left out, the error is
logged with the plugin's id, and `/readyz` counts it.
"""


def hooks_page() -> str:
    """Return hooks.md; stop when a hook has no example or a reference type no text."""
    parts = [HOOKS_HEAD, "\n".join(f"- [`{name}`](#{name})" for name in specs()) + "\n"]
    parts += [_hook(name, spec) for name, spec in specs().items()]
    parts += [_dataclass(kind) for kind in (service.Service, service.MenuItem, service.Block)]
    opened = [
        _hook(name, spec, f"### {name}, a hook of {plugin}")
        for name, (plugin, spec) in service_specs().items()
    ]
    parts += [_reference_types(), HOOKS_TAIL.replace("@SERVICE_HOOKS@", "\n".join(opened))]
    return "\n".join(parts)


def specs() -> dict[str, FunctionType]:
    """Return the kernel's hooks in the order in which they are written."""
    return {n: f for n, f in vars(hookspecs).items() if hasattr(f, "civicapp_spec")}


def service_specs() -> dict[str, tuple[str, FunctionType]]:
    """Return the hooks that services open, with the service."""
    found = vars(civicapp_prices.hookspecs)
    return {n: ("prices", f) for n, f in found.items() if hasattr(f, "civicapp_spec")}


def _hook(name: str, spec: FunctionType, heading: str = "") -> str:
    signature = inspect.signature(spec)
    doc = inspect.getdoc(spec) or sys.exit(f"docs/generate.py: hook {name} has no docstring")
    example = EXAMPLES.get(name) or sys.exit(f"docs/generate.py: hook {name} has no example")
    first, *paragraphs = (" ".join(part.split()) for part in doc.split("\n\n"))
    arguments, returns, body = [], "", []
    for text in paragraphs:
        head, _, rest = text.partition(": ")
        if head in signature.parameters:
            arguments.append(f"- `{head}` ({_annotation(signature.parameters[head])}): {rest}")
        elif head == "Returns":
            returns = rest
        else:
            body.append(text)
    if len(arguments) != len(signature.parameters) or not returns or not body:
        sys.exit(
            f"docs/generate.py: hook {name}: tell when it is called, each argument, and Returns"
        )
    return "\n".join(
        [
            heading or f"## {name}",
            f"```python\n{_signature(name, signature)}\n```",
            f"{first}\n",
            *(f"{text}\n" for text in body),
            "**Arguments**" + (": none\n" if not arguments else "\n"),
            *arguments,
            *([""] if arguments else []),
            f"**Returns** {returns}\n",
            f"**Example**\n\n```python\n{example}```\n",
        ]
    )


def _signature(name: str, signature: inspect.Signature) -> str:
    arguments = ", ".join(f"{n}: {_annotation(p)}" for n, p in signature.parameters.items())
    return f"def {name}({arguments}) -> {signature.return_annotation}"


def _annotation(parameter: inspect.Parameter) -> str:
    kind = parameter.annotation
    return kind if isinstance(kind, str) else kind.__name__


def _dataclass(kind: type) -> str:
    doc = inspect.getdoc(kind) or ""
    prose, told = [], {}
    for part in doc.split("\n\n"):
        fields = dict(re.findall(r"^(\w+): (.+(?:\n(?!\w+: ).+)*)", part, re.MULTILINE))
        told.update({name: " ".join(text.split()) for name, text in fields.items()})
        if not fields:
            prose.append(" ".join(part.split()))
    every = dataclasses.fields(kind)
    names = {field.name for field in every}
    if told and (untold := sorted(names - told.keys())):
        sys.exit(f"docs/generate.py: {kind.__name__}: tell what is {', '.join(untold)}")
    rows = [
        "| field | type | default |" + " |" * bool(told),
        "| --- | --- | --- |" + " --- |" * bool(told),
    ]
    for field in every:
        row = f"| `{field.name}` | `{_type(field.type)}` | {_default(field)} |"
        rows.append(row + (f" {told[field.name]} |" if told else ""))
    return "\n".join([f"## {kind.__name__}", *(f"{text}\n" for text in prose), *rows, ""])


def _type(annotation: object) -> str:
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    return re.sub(r"\w+\.(?=\w)", "", text.strip("\"'")).replace("|", "\\|")


def _default(field: "dataclasses.Field[object]") -> str:
    if field.default is not dataclasses.MISSING:
        return f"`{field.default!r}`"
    return "" if field.default_factory is dataclasses.MISSING else f"`{field.default_factory()!r}`"


def _reference_types() -> str:
    tree = ast.parse(inspect.getsource(service))
    found = {
        ast.unparse(node.target): ast.unparse(node.value).replace("'", "").replace("|", "\\|")
        for node in ast.walk(tree)
        if isinstance(node, ast.AnnAssign)
        and ast.unparse(node.annotation) == "TypeAlias"
        and node.value
    }
    if found.keys() != REFERENCES.keys():
        sys.exit(f"docs/generate.py: describe the reference types {', '.join(found)}")
    rows = ["| type | what it is | field | what it gives |", "| --- | --- | --- | --- |"]
    for name, (field, gives) in REFERENCES.items():
        rows.append(f"| `{name}` | `{found[name]}` | {field} | {gives} |")
    icons = ", ".join(f"`{icon}`" for icon in sorted(service.ICONS))
    reserved = ", ".join(f"`{id}`" for id in sorted(service.RESERVED))
    return "\n".join(
        [
            "## Reference types",
            "References are text, `module:name`, so that describing a service imports nothing.",
            "What each must lead to is checked at boot.\n",
            *rows,
            "",
            f"Icons of menu entries: {icons}.\n",
            f"Ids that no plugin can have: {reserved}.\n",
        ]
    )


PAGES = {"hooks.md": hooks_page, "problems.md": problems_page}


if __name__ == "__main__":
    import example
    import include

    example.write()
    print(example.FOLDER)
    written = {name: page() for name, page in PAGES.items()}
    for name, text in {**written, **include.pages()}.items():
        (HERE / name).write_text(text, "utf-8")
        print(f"docs/{name}")
