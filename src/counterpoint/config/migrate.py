"""`counterpoint migrate`."""

import typer
from django.core.management import call_command

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def migrate() -> None:
    """Bring both databases up to date. Safe to run twice."""
    for database in ("keys", "default"):
        call_command("migrate", database=database, verbosity=0, interactive=False)
    typer.echo("Both databases are up to date.")
