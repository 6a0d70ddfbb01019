"""Messages from templates: text in the recipient's language, the first line is the subject.

A plugin's templates lie in its `templates/` folder beside its pages and end in `.txt`:

    Subject: {% trans %}Your report was accepted{% endtrans %}

    {{ _("Number: %(number)s", number=number) }}
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2

from civicapp.notify.channel import Message

if TYPE_CHECKING:
    from civicapp.context import Context

SUBJECT = "Subject:"
OWN = Path(__file__).parent / "templates"

MakeContext = Callable[[str, str], "Context"]


class Messages:
    """Render messages. folders: packages of plugins, by id. context: for a service, a language."""

    def __init__(self, folders: Mapping[str, Path | None], context: MakeContext) -> None:
        loaders: dict[str, jinja2.BaseLoader] = {"civicapp": jinja2.FileSystemLoader(OWN)}
        for id, folder in folders.items():
            if folder:
                loaders[id] = jinja2.FileSystemLoader(folder / "templates")
        self._context = context
        self._environment = jinja2.Environment(
            loader=jinja2.PrefixLoader(loaders),
            autoescape=False,  # noqa: S701 - plain text
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            extensions=["jinja2.ext.i18n"],
        )
        self._environment.install_gettext_callables(  # type: ignore[attr-defined]
            _gettext, _ngettext, newstyle=True
        )

    def render(self, template: str, language: str, **data: Any) -> Message:
        """Render `<plugin id>/….txt`; a language that the region does not speak becomes its own."""
        service = template.partition("/")[0]
        ctx = self._context("" if service == "civicapp" else service, language)
        if language not in ctx.region.languages:
            ctx = self._context(ctx.service, ctx.region.languages[0])
        whole = self._environment.get_template(template).render(ctx=ctx, **data)
        first, _, text = whole.partition("\n")
        if not first.startswith(SUBJECT):
            raise ValueError(f"{template}: the first line must be `{SUBJECT} …`")
        return Message(" ".join(first.removeprefix(SUBJECT).split()), text.strip("\n") + "\n")


@jinja2.pass_context
def _gettext(context: jinja2.runtime.Context, message: str) -> str:
    return str(context["ctx"].translations.gettext(message))


@jinja2.pass_context
def _ngettext(context: jinja2.runtime.Context, singular: str, plural: str, n: int) -> str:
    return str(context["ctx"].translations.ngettext(singular, plural, n))
