"""`counterpoint rules activate FOLDER`, `counterpoint rules show`."""

from pathlib import Path

import typer

from counterpoint.audit.types import system
from counterpoint.rules.models import PackVersion
from counterpoint.rules.services import activate_pack

app = typer.Typer(
    rich_markup_mode=None,
    add_completion=False,
    help="Put a pack in force, and see which was when.",
    no_args_is_help=True,
)


@app.command()
def activate(folder: Path) -> None:
    """Check the pack in FOLDER, archive its files and put it in force."""
    row = activate_pack(folder, by=system("rules activate"))
    typer.echo(
        f"In force: {row.pack_id} {row.version} ({row.content_hash}), since {row.activated_at:%Y-%m-%d %H:%M} UTC"
    )


@app.command()
def show() -> None:
    """The packs that were in force, the newest first."""
    for row in PackVersion.objects.order_by("-activated_at", "-id"):
        typer.echo(f"{row.activated_at:%Y-%m-%d %H:%M} UTC  {row.pack_id} {row.version}  {row.content_hash}")
