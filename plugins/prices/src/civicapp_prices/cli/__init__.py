"""`civicapp prices`: take files in, and verify what is published."""

import typer

from civicapp_prices.cli.imports import EXAMPLES, import_file
from civicapp_prices.cli.verify import EXAMPLES as VERIFY_EXAMPLES
from civicapp_prices.cli.verify import verify_alarms

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Take files of prices in; recompute the alarms that are published.",
)
app.command("import", epilog=EXAMPLES)(import_file)
app.command("verify", epilog=VERIFY_EXAMPLES)(verify_alarms)
