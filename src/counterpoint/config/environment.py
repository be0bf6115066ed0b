"""Reads settings from the environment. A missing or odd one stops the start, with the likely cause."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from counterpoint.base.errors import Fault

_SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    # FULL: an acknowledged referral is on disk, also when the power fails; secure_delete: the erased is overwritten.
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; "
    "PRAGMA busy_timeout=10000;",
}


def text(name: str, default: str | None = None) -> str:
    """The variable, or the default; without one it must be set. NAME_FILE may point at a file that holds it."""
    path = os.environ.get(f"{name}_FILE")
    if path:
        try:
            return Path(path).read_text().strip()
        except OSError as error:
            raise Fault(f"{name}_FILE cannot be read: {error.strerror}") from None
    value = os.environ.get(name, default)
    if value is None:
        raise Fault(
            f"{name} is not set. `counterpoint demo` sets everything for a try-out; docs/guides/install.md lists all"
        )
    return value


def flag(name: str, *, default: bool = False) -> bool:
    """True for 1/true/yes/on, False for 0/false/no/off."""
    value = os.environ.get(name, "").strip().lower()
    if value in ("1", "true", "yes", "on"):
        return True
    if value in ("0", "false", "no", "off"):
        return False
    if value == "":
        return default
    raise Fault(f"{name} must be 1 or 0")


def database(name: str) -> dict[str, Any]:
    """Django's settings for `sqlite:///path` or `postgresql://user:password@host:port/name`."""
    url = urlsplit(text(name))
    if url.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": unquote(url.path[1:]),
            "OPTIONS": dict(_SQLITE_OPTIONS),
            # Kept open: the last connection to close folds the whole write-ahead log back, on every request else.
            "CONN_MAX_AGE": None,
        }
    if url.scheme in ("postgresql", "postgres"):
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(url.path[1:]),
            "USER": unquote(url.username or ""),
            "PASSWORD": unquote(url.password or ""),
            "HOST": url.hostname or "",
            "PORT": str(url.port or ""),
            "CONN_MAX_AGE": 600,
            "CONN_HEALTH_CHECKS": True,
        }
    raise Fault(f"{name} must begin with sqlite:/// or postgresql://")
