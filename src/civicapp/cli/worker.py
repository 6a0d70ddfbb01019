"""`civicapp worker`: run a region's jobs, and nothing else."""

import typer

from civicapp.cli.words import DatabaseOption, DataOption, RegionArgument, TraceOption, examples

app = typer.Typer(add_completion=False)


@app.command(
    epilog=examples(
        ("civicapp worker REGION", "beside `civicapp serve REGION --no-worker`"),
    )
)
def worker(
    region: RegionArgument,
    data: DataOption = None,
    database: DatabaseOption = None,
    trace_hooks: TraceOption = False,
) -> None:
    """Run a region's jobs until SIGTERM or Ctrl-C, which wait for those under way.

    Workers of one PostgreSQL database share the jobs. On SQLite one process runs them; the others
    stand by. Exit code 0, or 1 when a job had to be left to its next start.
    """
    from civicapp.cli.loading import ready, usable
    from civicapp.serving import run_jobs
    from civicapp.web.logs import configure_logging

    loaded = usable(region, **({"trace_hooks": True} if trace_hooks else {}))
    backing = ready(loaded, data, database)
    configure_logging(backing.kernel.settings)
    typer.echo(f"{loaded.id}: runs jobs")
    if not run_jobs(backing):
        raise typer.Exit(1)
