"""`counterpoint ledger verify`, `counterpoint ledger seal`."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from counterpoint.audit.models import LedgerHead
from counterpoint.audit.sealing import seal_pending, signer
from counterpoint.audit.verification import Verified, verify
from counterpoint.base.errors import Refusal

app = typer.Typer(rich_markup_mode=None, add_completion=False, no_args_is_help=True, help="The audit ledger.")


@app.command("verify")
def verify_ledger(
    against: Annotated[Path | None, typer.Option(help="a checkpoint that was kept elsewhere")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="machine output")] = False,  # noqa: FBT002 - typer's form
) -> None:
    """Recompute the ledger from the stored entries; name the first that does not hold. Exit 1 when one does not."""
    note = _read(against) if against else ""
    head = LedgerHead.objects.first()
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Checking entries", total=head.size if head else 0)
        result = verify(against=note, progress=lambda done: bar.update(task, completed=done))
    typer.echo(json.dumps(asdict(result)) if as_json else _in_words(result))
    raise typer.Exit(1 if result.finding else 0)


@app.command("seal")
def seal_now() -> None:
    """Seal what is not sealed yet and sign a checkpoint. The worker does this by itself every few seconds."""
    typer.echo(f"{seal_pending()} entries sealed.")


@app.command("key")
def verifier_key() -> None:
    """Print the public key by which anyone can check this ledger's checkpoints."""
    typer.echo(signer().verifier_line)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise Refusal(f"{path} cannot be read as a checkpoint") from None


def _in_words(result: Verified) -> str:
    counted = f"{result.entries} entries checked, {result.sealed} of them sealed, {result.checkpoints} checkpoints"
    if result.finding is None:
        return f"The ledger holds: {counted}."
    where = f" First: entry {result.finding.entry_number}." if result.finding.entry_number else ""
    return f"The ledger does NOT hold: {result.finding.what}.{where} ({counted})"
