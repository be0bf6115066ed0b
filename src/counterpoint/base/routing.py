"""Which table lives in which database: record keys in `keys`, all else in `default`."""

from typing import Any


class KeysApart:
    """Routes RecordKey to the `keys` database and everything else away from it."""

    def db_for_read(self, model: Any, **_hints: Any) -> str:
        return "keys" if _is_key(model._meta.app_label, model._meta.model_name) else "default"

    db_for_write = db_for_read

    def allow_migrate(self, db: str, app_label: str, model_name: str | None = None, **_hints: Any) -> bool:
        return (db == "keys") == _is_key(app_label, model_name)


def _is_key(app_label: str, model_name: str | None) -> bool:
    return app_label == "base" and model_name in (None, "recordkey")
