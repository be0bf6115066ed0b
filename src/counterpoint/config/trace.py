"""`counterpoint trace REF`."""

from typing import Annotated

import typer

from counterpoint import journey

app = typer.Typer(rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False)


@app.command()
def trace(
    reference: Annotated[str, typer.Argument(help="the public reference, such as CP-7K3M-9Q2D-4, in any spelling")],
    *,
    json: Annotated[bool, typer.Option("--json", help="as JSON")] = False,
) -> None:
    """Print a referral's whole path: what arrived, what the table said, who decided, what followed, with versions and
    reasons, and nothing that anybody wrote."""
    typer.echo(journey.command(reference, as_json=json))
