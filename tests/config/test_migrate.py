"""The demo's databases are made without the migrations: they must be what the migrations come to, to the last index."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.deployment import Deployment, a_deployment

_CONSTRAINT = re.compile(r'CONSTRAINT "[^"]+" (?:CHECK|UNIQUE) .*?(?=, CONSTRAINT|, "|\)$)')
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
