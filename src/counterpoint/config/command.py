"""The one command. Each subcommand's module is imported only when it is called, so that help is instant and kernel
subcommands start without Django."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module

FOUND_PROBLEMS = 1
WRONG_USE = 2


@dataclass(frozen=True)
class Subcommand:
    """module:attribute is a typer app; `django` says whether settings and tables are needed."""

    target: str
    does: str
    django: bool = False


SUBCOMMANDS: dict[str, Subcommand] = {
    "demo": Subcommand("counterpoint.config.demo:app", "try everything: a fictional town, served on this machine"),
    "serve": Subcommand("counterpoint.config.serve:app", "web workers and the job worker, as one process group"),
    "worker": Subcommand("counterpoint.config.worker:app", "the job worker alone", django=True),
    "migrate": Subcommand("counterpoint.config.migrate:app", "bring both databases up to date", django=True),
    "key": Subcommand("counterpoint.config.keys:app", "make deployment keys"),
    "pack": Subcommand("counterpoint.kernel.packs.command:app", "check a pack of rules, questions and texts"),
    "rules": Subcommand("counterpoint.rules.command:app", "put a pack in force", django=True),
    "staff": Subcommand("counterpoint.access.command:app", "agencies, staff and their invitations", django=True),
    "trace": Subcommand("counterpoint.config.trace:app", "a referral's whole path, with reasons", django=True),
    "ledger": Subcommand("counterpoint.audit.command:app", "verify the audit ledger", django=True),
    "coordination": Subcommand("counterpoint.kernel.coordination.command:app", "see how material is pushed"),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one subcommand. Exit code: 0 done, 1 found problems in the input, 2 wrong use."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given or given[0] in ("-h", "--help"):
        print(_help())
        raise SystemExit(0 if given else WRONG_USE)
    if given[0] == "--version":
        from counterpoint import __version__

        print(__version__)
        return
    subcommand = SUBCOMMANDS.get(given[0])
    if subcommand is None:
        print(f"counterpoint: there is no subcommand {given[0]!r}; `counterpoint --help` lists them", file=sys.stderr)
        raise SystemExit(WRONG_USE)
    _run(given[0], subcommand, given[1:])


def _help() -> str:
    width = max(len(name) for name in SUBCOMMANDS)
    rows = "\n".join(f"  {name.ljust(width)}  {sub.does}" for name, sub in SUBCOMMANDS.items())
    return (
        "Usage: counterpoint SUBCOMMAND [OPTIONS] [ARGUMENTS]\n\n"
        f"Subcommands\n{rows}\n\n"
        "`counterpoint SUBCOMMAND --help` tells more. Exit code: 0 done, 1 problems in the input, 2 wrong use."
    )


def _run(name: str, subcommand: Subcommand, arguments: Sequence[str]) -> None:
    from counterpoint.base.errors import CounterpointError

    try:
        if subcommand.django:
            set_up_django()
        module, attribute = subcommand.target.split(":")
        app = getattr(import_module(module), attribute)
        app(args=list(arguments), prog_name=f"counterpoint {name}")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "counterpoint":
            raise
        remedy = "pip install --require-hashes -r requirements/analysis.txt"
        print(f"counterpoint {name}: the package {error.name} is not installed: {remedy}", file=sys.stderr)
        raise SystemExit(WRONG_USE) from None
    except CounterpointError as error:
        print(f"counterpoint {name}: {error}", file=sys.stderr)
        raise SystemExit(FOUND_PROBLEMS) from None


def set_up_django() -> None:
    """Settings from the environment, apps loaded."""
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "counterpoint.config.settings")
    django.setup()
