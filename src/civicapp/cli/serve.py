"""`civicapp serve`: run a region's app on this computer."""

from typing import Annotated

import typer

from civicapp.cli.words import (
    DatabaseOption,
    DataOption,
    RegionArgument,
    TraceOption,
    counted,
    examples,
)

app = typer.Typer(add_completion=False)


@app.command(
    epilog=examples(
        ("civicapp serve REGION", "open http://127.0.0.1:8000"),
        ("civicapp serve REGION --port 8080", "when 8000 is taken"),
        ("civicapp serve ./regions/REGION --reload", "start again after every change"),
        ("civicapp serve REGION --demo", "with sample data"),
        ("civicapp serve REGION --workers 4", "by four processes; the jobs run in a fifth"),
    )
)
def serve(  # noqa: PLR0913, PLR0917 - each is an option of the command
    region: RegionArgument,
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0 lets other computers in.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any free one.")] = 8000,
    demo: Annotated[
        bool, typer.Option("--demo", help="Show sample data; only on this computer.")
    ] = False,
    reload: Annotated[
        bool, typer.Option("--reload", help="Start again when the pack or the code changes.")
    ] = False,
    data: DataOption = None,
    database: DatabaseOption = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that answer.")] = 1,
    jobs: Annotated[
        bool,
        typer.Option("--worker/--no-worker", help="Run the jobs too, or leave them to others."),
    ] = True,
    trace_hooks: TraceOption = False,
) -> None:
    """Run a region's app on this computer.

    What residents and officers enter lies in `.civicapp/<region>`, which is made when it is not
    there, or in a PostgreSQL database. A pack with errors is not served: they are printed as
    `civicapp check` prints them, and the exit code is 2. Ctrl-C or SIGTERM end the server when open
    requests are answered. Variables named CIVICAPP_* set what belongs to the host.
    """
    from civicapp.cli.listening import Refused, is_loopback, listen, url
    from civicapp.cli.loading import command, load, ready, report

    given = {"demo": demo, "trace_hooks": trace_hooks}
    loaded = load(region, **{name: True for name, wanted in given.items() if wanted})
    kernel = loaded.boot.kernel
    if kernel is None or loaded.unsound:
        report(loaded)
        raise typer.Exit(2)
    if kernel.settings.demo and not is_loopback(host):
        typer.echo("--demo shows sample data: it is served on 127.0.0.1 only", err=True)
        raise typer.Exit(2)
    if reload and loaded.is_bundle:
        typer.echo("--reload watches the files of a pack: a bundle does not change", err=True)
        raise typer.Exit(2)
    if reload and workers > 1:
        typer.echo("--reload starts one process: leave out --workers", err=True)
        raise typer.Exit(2)
    try:
        sock = listen(host, port)
    except Refused as e:
        typer.echo(str(e), err=True)
        raise typer.Exit(2) from e
    with sock:
        backing = ready(loaded, data, database)
        from civicapp.cli import serving
        from civicapp.web.logs import configure_logging

        configure_logging(kernel.settings)
        start = serving.Start(region, backing, sock, data, database, jobs)
        if reload:
            run = serving.reloading(start)
        else:
            run = serving.several(start, workers) if workers > 1 else serving.once(start)
        name = kernel.region.name.text(*kernel.region.languages)
        typer.echo(f"{name}: {url(host, sock)}")
        if kernel.settings.demo:
            from civicapp.cli.demonstration import sign_ins

            for line in sign_ins(backing, url(host, sock)):
                typer.echo(line)
        if loaded.warnings:
            again = command("check", loaded.name)
            typer.echo(f"{counted(loaded.warnings, 'warning')}: {again} shows them")
        run()
