"""`counterpoint migrate`."""

import typer
from django.core.management import call_command

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def migrate() -> None:
    """Bring both databases up to date. Safe to run twice."""
    bring_up_to_date()
    typer.echo("Both databases are up to date.")


def bring_up_to_date() -> None:
    """The tables of both databases. The one of record keys has a single table, of the app `base`."""
    call_command("migrate", "base", database="keys", verbosity=0, interactive=False)
    call_command("migrate", verbosity=0, interactive=False)
