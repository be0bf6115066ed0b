"""Sealing what belongs to a snapshot or a finding, each content bound to its row and field."""

from typing import Any
from uuid import UUID

from django.db.models import Model

from counterpoint.base import keyring


def seal(row: Model, field: str, value: Any, *, key_id: UUID) -> bytes:
    """`value` (JSON) sealed for `row.field`. The row's id must be set, the row need not be saved."""
    return keyring.seal_json(value, key_id=key_id, place=_place(row, field))


def unseal(row: Model, field: str, *, key_id: UUID) -> Any:
    """The value sealed for `row.field`; None where nothing was. Raises KeyDestroyed, CannotUnseal."""
    sealed = bytes(getattr(row, field))
    return keyring.unseal_json(sealed, key_id=key_id, place=_place(row, field)) if sealed else None


def unseal_all(rows: list[tuple[Model, str]], *, key_id: UUID) -> list[Any]:
    """The values of many (row, field) under one key, with one look-up; None where the key was destroyed."""
    from json import loads

    sealed = [(key_id, bytes(getattr(row, field)), _place(row, field)) for row, field in rows]
    return [None if content is None else loads(content) for content in keyring.unseal_many(sealed)]


def _place(row: Model, field: str) -> str:
    return f"{row._meta.model_name}.{field}:{row.pk}"
