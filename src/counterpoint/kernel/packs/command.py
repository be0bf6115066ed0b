"""`counterpoint pack …`: what the author of a pack runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

FOUND_PROBLEMS = 1
WRONG_USE = 2

app = typer.Typer(
    help="Check a pack of rules, questions and texts.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)


@app.callback()
def pack() -> None:
    """Check a pack of rules, questions and texts."""


@app.command("check")
def check_pack(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder that holds pack.yaml.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object for programs.")] = False,
) -> None:
    """Report every problem of a pack, with file, line and remedy.

    Exit code: 0 the pack is good, 1 it has problems, 2 there is no such folder.
    """
    from counterpoint.kernel.packs.folder import read_folder
    from counterpoint.kernel.packs.problems import NotAPackFolder, PackProblems
    from counterpoint.kernel.packs.reading import read_pack

    try:
        found = read_pack(read_folder(folder))
    except NotAPackFolder as error:
        typer.echo(f"counterpoint pack check: {error}", err=True)
        raise typer.Exit(WRONG_USE) from None
    except PackProblems as error:
        typer.echo(_told_as_json(error) if as_json else _told(error))
        raise typer.Exit(FOUND_PROBLEMS) from None
    summary = {"id": found.id, "version": found.version, "content_hash": found.content_hash, "problems": []}
    good = f"{found.id} {found.version} is good: {len(found.files)} files, content hash {found.content_hash}"
    typer.echo(json.dumps(summary, ensure_ascii=False, indent=2) if as_json else good)


def _told(error: object) -> str:
    from counterpoint.kernel.packs.problems import PackProblems

    problems = error.problems if isinstance(error, PackProblems) else ()
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    return "\n".join([*map(str, problems), count])


def _told_as_json(error: object) -> str:
    from dataclasses import asdict

    from counterpoint.kernel.packs.problems import PackProblems

    problems = error.problems if isinstance(error, PackProblems) else ()
    return json.dumps({"problems": [asdict(problem) for problem in problems]}, ensure_ascii=False, indent=2)
