"""The databases of the demo and of all tests are made without the migrations: they must be what the migrations come to,
to the last index, on both kinds of database."""

import re
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from tests.deployment import Deployment, a_deployment
from tests.servers import running_postgres

_CONSTRAINT = re.compile(r'CONSTRAINT "[^"]+" (?:CHECK|UNIQUE) .*?(?=, CONSTRAINT|, "|\)$)')
_DJANGOS_OWN = (
    "CREATE TABLE public.auth_group_permissions"  # its row number is wider when it is migrated; we have no row
)
_WRITTEN_ONCE = ("django_content_type", "auth_permission", "django_migrations")


def made_of(address: str) -> dict[str, object]:
    """Every table with its columns, references and constraints, and every index, trigger and view as it was made.
    Columns may stand in another order."""
    with closing(sqlite3.connect(address.removeprefix("sqlite:///"))) as database:
        found = "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
        parts: dict[str, object] = {}
        for kind, name, made in database.execute(found).fetchall():
            parts[f"{kind} {name}"] = made
            if kind == "table":
                columns = sorted(row[1:] for row in database.execute(f'PRAGMA table_info("{name}")'))
                references = sorted(str(row[2:]) for row in database.execute(f'PRAGMA foreign_key_list("{name}")'))
                parts[f"{kind} {name}"] = (
                    columns,
                    references,
                    sorted(_CONSTRAINT.findall(made)),
                    "AUTOINCREMENT" in made,
                )
        return parts


def written_in(address: str, table: str) -> list[str]:
    """The texts of its rows, without numbers and moments, which hang on the order of making."""
    with closing(sqlite3.connect(address.removeprefix("sqlite:///"))) as database:
        rows = database.execute(f"SELECT * FROM {table}").fetchall()
    texts = [[value for value in row if isinstance(value, str) and not value.startswith("20")] for row in rows]
    return sorted(str(sorted(row)) for row in texts)


def test_made_anew_is_what_the_migrations_come_to(tmp_path: Path):
    addresses = (f"sqlite:///{tmp_path}/db.sqlite3", f"sqlite:///{tmp_path}/keys.sqlite3")
    with a_deployment() as migrated:
        Deployment(tmp_path, addresses).inside("make_tables")
        for anew, before in zip(addresses, migrated.databases, strict=True):
            assert made_of(anew) == made_of(before)
        assert len(made_of(addresses[0])) > 300
        for table in _WRITTEN_ONCE:
            assert written_in(addresses[0], table) == written_in(migrated.databases[0], table) != []


def dumped(address: str) -> list[list[str]]:
    """The statements that make an empty database of that shape. The lines of each are sorted: columns may stand in
    another order."""
    shape = subprocess.run(["pg_dump", "--schema-only", address], check=True, capture_output=True, text=True).stdout
    lines = [line for line in shape.splitlines() if line and not line.startswith(("--", "\\"))]
    statements = [statement for statement in "\n".join(lines).split(";\n") if not statement.startswith(_DJANGOS_OWN)]
    return sorted(sorted(line.strip().rstrip(",") for line in statement.splitlines()) for statement in statements)


@pytest.mark.postgres
def test_on_postgresql_too(tmp_path: Path):
    with running_postgres() as one, running_postgres() as other, a_deployment(one.address) as migrated:
        addresses = (f"{other.address}/counterpoint", f"{other.address}/counterpoint_keys")
        Deployment(tmp_path, addresses).inside("make_tables")
        for anew, before in zip(addresses, migrated.databases, strict=True):
            assert dumped(anew) == dumped(before)
        assert len(dumped(addresses[0])) > 300
