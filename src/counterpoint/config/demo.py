"""`counterpoint demo`: makes a folder with keys and embedded databases, loads Northmoor into it, and serves it.

1. The folder is made half beside its place and renamed when it is whole: a kill in between leaves nothing to repair.
2. Later runs find it and only serve. `--fresh` makes it anew.
3. Password and second factors are made with the folder and lie nowhere else.
"""

import fcntl
import json
import os
import secrets
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Annotated
from urllib.error import URLError
from urllib.request import urlopen

import typer

from counterpoint.base.errors import NotPossible, Refusal
from counterpoint.base.sealing import new_key_line

app = typer.Typer(rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False)

_ROOT = Path(__file__).resolve().parents[3]
_ADDRESS = "127.0.0.1"
_ABOUT = "demo.json"
_RECEIPT_HASH_COST = "16"  # of the whole demo: two thousand slow hashes would take longer than all the rest
_CLAMD_SOCKETS = ("/run/clamav/clamd.ctl", "/var/run/clamav/clamd.ctl", "/run/clamd.scan/clamd.sock")
_READY_WITHIN_SECONDS = 60

Folder = Annotated[Path, typer.Option(help="where the demo lives; deleting it ends it for good")]


@dataclass(frozen=True)
class About:
    """What a demo folder says about itself. The password protects nothing but this made-up town."""

    password: str
    loaded_at: str
    stories: int
    receipts: list[list[str]]  # reference, receipt, status of the mailbox
    logins: list[list[str]]  # e-mail, roles, agency


@app.callback(invoke_without_command=True)
def demo(
    context: typer.Context,
    *,
    folder: Folder = Path("var/demo"),
    port: Annotated[int, typer.Option(min=1, max=65535, help="on 127.0.0.1")] = 8000,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="serve it when it is loaded")] = True,
    fresh: Annotated[bool, typer.Option("--fresh", help="throw the old demo away and load a new one")] = False,
    stories: Annotated[int, typer.Option(hidden=True, help="load about so many stories only")] = 0,
    styles_follow: Annotated[
        bool, typer.Option(hidden=True, help="standard input says when the styles are built")
    ] = False,
) -> None:
    """Try everything: a fictional town with two years of records, served on this machine only."""
    if context.invoked_subcommand is not None:
        context.obj = folder
        return
    if serve:
        _check_port(port)
    place = folder.resolve()
    with _alone(place):
        about = None if fresh else _about(place)
        if about is None:
            about = _make(place, stories=stories)
    if styles_follow:
        _wait_for_styles()
    _print_logins(about)
    if serve:
        _set_environment(place, port=port)
        _serve(port=port)


@app.command()
def code(
    context: typer.Context,
    email: Annotated[str, typer.Argument(help="the address of the account")],
) -> None:
    """Print the code that this person's authenticator app would show now."""
    _open(context.obj)
    from counterpoint.config.northmoor.logins import code_of

    typer.echo(code_of(email))


@app.command()
def codes(context: typer.Context) -> None:
    """Print everybody's current code."""
    _open(context.obj)
    from counterpoint.config.northmoor.logins import code_of, logins

    for login in logins():
        typer.echo(f"{code_of(login.email)}  {login.email}")


def _open(folder: Path) -> None:
    """Settings for the demo in this folder. Raises NotPossible when there is none."""
    place = folder.resolve()
    if _about(place) is None:
        raise NotPossible(f"There is no demo in {folder}. `counterpoint demo` makes one.")
    _set_environment(place, port=8000)
    _set_up_django()


def _wait_for_styles() -> None:
    """`make demo` builds the styles while the town loads, and says so at the end of what it says here."""
    if sys.stdin.read().strip() != "built":
        raise NotPossible("The styles of the pages could not be built. The messages above say why; then run it again.")


def _about(place: Path) -> About | None:
    try:
        return About(**json.loads((place / _ABOUT).read_text()))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise NotPossible(f"{place / _ABOUT} is damaged ({type(error).__name__}). Run with --fresh.") from None


def _make(place: Path, *, stories: int) -> About:
    """Load the town into a half-made folder beside its place, then put it there."""
    _check_is_ours(place)
    half = place.with_name(f"{place.name}.half-made")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(parents=True, mode=0o700)
    _write(half / "key", new_key_line() + "\n")
    _write(half / "secret-key", secrets.token_urlsafe(50) + "\n")
    _set_environment(half, port=8000)
    _set_up_django()
    about = _load(stories=stories)
    _write(half / _ABOUT, json.dumps(asdict(about), indent=1))
    if place.exists():
        shutil.rmtree(place)
    half.rename(place)
    return about


def _load(*, stories: int) -> About:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from counterpoint.config.northmoor.campaign import ANALYST, tell_campaign
    from counterpoint.config.northmoor.load import receipts_to_show
    from counterpoint.config.northmoor.logins import logins
    from counterpoint.config.northmoor.making import made_quickly
    from counterpoint.config.northmoor.parts import load_town_in_parts

    console = Console(stderr=True)
    password = _new_password()
    with Progress(TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=console) as bar:
        shown = bar.add_task("Making the databases", total=1.0)
        now = datetime.now(UTC).replace(second=0, microsecond=0)
        with made_quickly():
            bar.update(shown, description="Loading two years of Northmoor")
            loaded = load_town_in_parts(
                password=password,
                pack=_ROOT / "packs" / "england",
                now=now,
                stories=stories or None,
                progress=lambda share: bar.update(shown, completed=share),
            )
            tell_campaign(loaded.world.staff[ANALYST], now=now)
            receipts = receipts_to_show(loaded.world)
            people = [[login.email, ", ".join(login.roles), login.agency] for login in logins()]
    return About(password, now.isoformat(), len(loaded.stories), receipts, people)


def _check_is_ours(place: Path) -> None:
    """Only what is a demo is ever thrown away."""
    if place.exists() and any(place.iterdir()) and not (place / _ABOUT).exists():
        raise NotPossible(f"{place} holds something else than a demo. Name another --folder.")


def _set_environment(place: Path, *, port: int) -> None:
    """All settings of the demo; child processes inherit them."""
    for name in [name for name in os.environ if name.startswith("COUNTERPOINT_") and name != "COUNTERPOINT_BUILD"]:
        del os.environ[name]
    os.environ.update(
        {
            "COUNTERPOINT_DEMO": "1",
            "COUNTERPOINT_KEY_FILE": str(place / "key"),
            "COUNTERPOINT_SECRET_KEY_FILE": str(place / "secret-key"),
            "COUNTERPOINT_DATABASE_URL": f"sqlite:///{place / 'main.sqlite3'}",
            "COUNTERPOINT_KEYS_DATABASE_URL": f"sqlite:///{place / 'keys.sqlite3'}",
            "COUNTERPOINT_FILES": str(place / "files"),
            "COUNTERPOINT_CHECKPOINTS": str(place / "checkpoints"),
            "COUNTERPOINT_LEDGER_ORIGIN": "northmoor.invalid/audit",
            "COUNTERPOINT_PACK": str(_ROOT / "packs" / "england"),
            "COUNTERPOINT_PUBLIC_ADDRESS": f"http://{_ADDRESS}:{port}",
            "COUNTERPOINT_RECEIPT_HASH_COST": _RECEIPT_HASH_COST,
            "COUNTERPOINT_CLAMD": _clamd(),
            "DJANGO_SETTINGS_MODULE": "counterpoint.config.settings",
        }
    )


def _set_up_django() -> None:
    """Apps loaded; a second time in one process it changes nothing."""
    from django.apps import apps

    if not apps.ready:
        import django

        django.setup()


def _clamd() -> str:
    """The virus scanner's usual socket, when one answers there."""
    for path in _CLAMD_SOCKETS:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(1)
            try:
                probe.connect(path)
                probe.sendall(b"zPING\0")
                if probe.recv(16).startswith(b"PONG"):
                    return path
            except OSError:
                continue
    return ""


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_ADDRESS, port))
        except OSError as error:
            raise Refusal(
                f"port {port} of {_ADDRESS} cannot be used ({error.strerror}). Perhaps a demo runs there already: "
                f"open http://{_ADDRESS}:{port}/, or choose another with --port"
            ) from None


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """Only one process makes a demo in this place at a time."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with (place.parent / f".{place.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refusal(f"another process is loading the demo in {place}; wait until it is done") from None
        yield


def _write(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as written:
        written.write(text)


def _new_password() -> str:
    from counterpoint.intake.receipt_words import words

    return " ".join(secrets.choice(words()) for _ in range(4))


def _print_logins(about: About) -> None:
    typer.echo(f"\nNorthmoor, a town that is nowhere: {about.stories} reports, loaded {about.loaded_at}.")
    if datetime.now(UTC).date() > datetime.fromisoformat(about.loaded_at).date():
        typer.echo(
            "It was loaded on another day, so its clocks have run on. `counterpoint demo --fresh` loads it anew."
        )
    typer.echo("\nDesk logins. The password is everybody's: " + about.password)
    typer.echo("The second factor: `counterpoint demo code E-MAIL` prints the code of the moment, `codes` all.\n")
    for email, roles, agency in about.logins:
        typer.echo(f"  {email.ljust(46)}  {roles.ljust(32)}  {agency}")
    typer.echo("\nMailboxes of reporters, each opened by its receipt:\n")
    for reference, receipt, status in about.receipts:
        typer.echo(f"  {receipt.ljust(52)}  {reference}, {status.replace('_', ' ')}")


def _serve(*, port: int) -> None:
    from counterpoint.config.serve import run, web_command, worker_command

    Thread(target=_say_when_ready, args=(port,), daemon=True).start()
    run([web_command(f"{_ADDRESS}:{port}", 2), worker_command()])
    typer.echo("\nThe demo has ended. `counterpoint demo` serves it again.")


def _say_when_ready(port: int) -> None:
    """Print the addresses once the portal answers."""
    portal = f"http://{_ADDRESS}:{port}/"
    until = time.monotonic() + _READY_WITHIN_SECONDS
    while time.monotonic() < until:
        try:
            with urlopen(portal, timeout=10) as answer:
                answer.read(1)
        except (URLError, OSError):
            time.sleep(0.2)
            continue
        typer.echo(f"\nPortal: {portal}\nDesk:   {portal}desk/\nCtrl-C ends it.")
        sys.stdout.flush()
        return
    typer.echo(f"\n{portal} does not answer yet; see the messages above.", err=True)
