"""`counterpoint key new`."""

import os
from pathlib import Path
from typing import Annotated

import typer

from counterpoint.base.errors import Refusal
from counterpoint.base.sealing import new_key_line

app = typer.Typer(rich_markup_mode=None, add_completion=False, no_args_is_help=True, help="Make deployment keys.")


@app.callback()
def _keys() -> None:
    """Make deployment keys."""


@app.command()
def new(file: Annotated[Path, typer.Argument(help="where to write it; must not exist yet")]) -> None:
    """Write a fresh deployment key to FILE, readable by you only. Keep a copy in a safe place: without it nothing
    that is stored can be read again."""
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Refusal(f"{file} exists already: a key is never overwritten") from None
    except OSError as error:
        raise Refusal(f"{file} cannot be written: {error.strerror}") from None
    with os.fdopen(handle, "w") as written:
        written.write(new_key_line() + "\n")
    typer.echo(f"Deployment key written to {file}. Copy it to a safe place.")
