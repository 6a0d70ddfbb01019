"""`civicapp doctor`: examine the host that runs a bundle."""

from typing import TYPE_CHECKING, Annotated

import typer

from civicapp.cli.words import DatabaseOption, DataOption, FormatOption, complete_region, examples

if TYPE_CHECKING:
    from civicapp.doctor import Examined

app = typer.Typer(add_completion=False)


@app.command(
    epilog=examples(
        ("civicapp doctor ./REGION", "the bundle in a folder, with this shell's settings"),
        ("civicapp doctor REGION", "a pack, before there is a bundle"),
        ("civicapp doctor ./REGION --format json", "a list for programs"),
    )
)
def doctor(
    region: Annotated[
        str,
        typer.Argument(
            metavar="DIR",
            help="Folder of a bundle; or a pack, by its name or its folder.",
            autocompletion=complete_region,
            show_default=False,
        ),
    ],
    format: FormatOption = "text",
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """Examine this host: files, versions, settings, secrets, database, disk, clock, mail, jobs.

    Each line is a finding; what is not ok ends with the command to type. Nothing is changed, and no
    mail is sent. Settings are those of this process: run it as the servers run, with the same
    variables. Exit code 0, or 2 when there is an error.
    """
    from civicapp.cli.loading import refuse
    from civicapp.doctor import examine, look

    host, found = look(region, data, database), []
    if host.folder is None:
        refuse(host.boot.problems)
    for each in examine(host):
        found.append(each)
        if format == "text":
            typer.echo(_line(each))
    typer.echo(_as_json(found) if format == "json" else _summary(found))
    if any(each.is_error for each in found):
        raise typer.Exit(2)


def _line(each: "Examined") -> str:
    from civicapp.problems import visible

    finding = each.finding
    text = f"{finding.level:8} {each.check:11} {visible(finding.message)}"
    return f"{text} → {visible(finding.command)}" if finding.command else text


def _summary(found: "list[Examined]") -> str:
    from civicapp.cli.words import counted
    from civicapp.doctor import Level

    levels = [each.finding.level for each in found]
    parts = (
        counted(levels.count(Level.ERROR), "error"),
        counted(levels.count(Level.WARNING), "warning"),
        f"{levels.count(Level.SKIPPED)} skipped",
        f"{levels.count(Level.OK)} ok",
    )
    return ", ".join(parts)


def _as_json(found: "list[Examined]") -> str:
    import json

    rows = [
        {
            "check": each.check,
            "level": each.finding.level.value,
            "message": each.finding.message,
            "command": each.finding.command or None,
        }
        for each in found
    ]
    # A file name that is no text holds lone surrogates; escaped they can be written to any stream.
    text = json.dumps(rows, ensure_ascii=False, indent=2)
    return text.encode("utf-8", "backslashreplace").decode()
