"""`counterpoint migrate`."""

import typer
from django.apps import apps
from django.core.management import call_command
from django.core.management.sql import emit_post_migrate_signal
from django.db import connections, router
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def migrate() -> None:
    """Bring both databases up to date. Safe to run twice."""
    bring_up_to_date()
    typer.echo("Both databases are up to date.")


def bring_up_to_date() -> None:
    """The tables of both databases. The one of record keys has a single table, of the app `base`."""
    call_command("migrate", "base", database="keys", verbosity=0, interactive=False)
    call_command("migrate", verbosity=0, interactive=False)


def make_anew() -> None:
    """The tables of two empty databases straight from the models, and the migrations written down as done: what
    `bring_up_to_date` comes to, in a thirtieth of the time. For a town that is thrown away again, not for service."""
    for alias in ("keys", "default"):
        connection = connections[alias]
        wanted = [model for model in apps.get_models() if router.allow_migrate_model(alias, model)]
        with connection.schema_editor() as editor:
            for model in wanted:
                if model._meta.managed and not model._meta.proxy:
                    editor.create_model(model)
        recorder = MigrationRecorder(connection)
        recorder.ensure_schema()
        for app, name in MigrationLoader(None).disk_migrations:
            if alias == "default" or app == "base":
                recorder.record_applied(app, name)
    emit_post_migrate_signal(verbosity=0, interactive=False, db="default")
