"""`counterpoint staff …`: agencies, staff and their one-time links, before anybody can log in and afterwards."""

from typing import Annotated

import typer
from django.conf import settings
from rich.console import Console

from counterpoint.access import services
from counterpoint.access.models import Agency, Staff
from counterpoint.access.types import Invitation, Role
from counterpoint.audit.types import system
from counterpoint.base.errors import Refusal

_COMMAND = system("counterpoint staff")
_console = Console(soft_wrap=True)
_errors = Console(stderr=True, soft_wrap=True)

app = typer.Typer(
    rich_markup_mode=None, add_completion=False, help="Agencies, staff and their invitations.", no_args_is_help=True
)


@app.command("agency")
def add_agency(
    name: Annotated[str, typer.Option(help="Its name, as staff will read it.")],
    kind: Annotated[str, typer.Option(help="Its sector: local_authority, police, education, health …")],
    *,
    lead: Annotated[bool, typer.Option("--lead", help="It runs triage and cases.")] = False,
) -> None:
    """Add an agency."""
    with _plainly():
        services.add_agency(name=name, kind=kind, is_lead=lead, by=_COMMAND)
    _console.print(f"Added {name}.", markup=False)


@app.command("invite")
def invite(
    email: Annotated[str, typer.Option(help="The address the person will log in with.")],
    name: Annotated[str, typer.Option(help="The person's name, as colleagues will read it.")],
    agency: Annotated[str, typer.Option(help="The name of their agency.")],
    role: Annotated[list[Role], typer.Option(help="May be given several times.")],
) -> None:
    """Open an account, and print the one-time link that sets its password."""
    with _plainly():
        invitation = services.invite_staff(email=email, name=name, agency=_agency(agency), roles=role, by=_COMMAND)
    _print_link(invitation)


@app.command("invite-again")
def invite_again(email: Annotated[str, typer.Option(help="The address of the account.")]) -> None:
    """Print a fresh one-time link; the old password and older links end at once."""
    with _plainly():
        invitation = services.invite_again(_staff(email), by=_COMMAND)
    _print_link(invitation)


@app.command("reset-second-factor")
def reset_second_factor(email: Annotated[str, typer.Option(help="The address of the account.")]) -> None:
    """For a lost telephone: the next login sets up a new second factor."""
    with _plainly():
        services.reset_second_factor(_staff(email), by=_COMMAND)
    _console.print("Done. The next login sets up a new second factor.", markup=False)


class _plainly:  # noqa: N801 - reads as a phrase
    """Turns a refusal into its sentence and exit code 1."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, Refusal):
            _errors.print(str(error), markup=False)
            raise typer.Exit(1) from None


def _agency(name: str) -> Agency:
    found = Agency.objects.filter(name=name).first()
    if found is None:
        known = ", ".join(Agency.objects.order_by("name").values_list("name", flat=True)) or "none yet"
        raise typer.BadParameter(f"there is no agency of this name (known: {known}); add it with `staff agency`")
    return found


def _staff(email: str) -> Staff:
    found = Staff.objects.filter(email__iexact=email.strip()).select_related("agency").first()
    if found is None:
        raise typer.BadParameter("there is no account with this address")
    return found


def _print_link(invitation: Invitation) -> None:
    _console.print("Give this link to the person. It works once, and only until the time shown.", markup=False)
    _console.print(f"{settings.PUBLIC_ADDRESS.rstrip('/')}{invitation.path}", markup=False)
    _console.print(f"until {invitation.until:%Y-%m-%d %H:%M} UTC", markup=False)
