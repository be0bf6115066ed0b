"""Sealing what belongs to a case: under the case's key, each content bound to its row and field."""

import json
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Model

from counterpoint.base import keyring


def seal(row: Model, field: str, value: Any, *, key_id: UUID) -> bytes:
    """`value` (JSON) sealed for `row.field`. The row's id must be set, the row need not be saved."""
    return keyring.seal_json(value, key_id=key_id, place=place_of(row, field))


def unseal(row: Model, field: str, *, key_id: UUID) -> Any:
    """The value sealed for `row.field`; "" where nothing was."""
    sealed = bytes(getattr(row, field))
    return keyring.unseal_json(sealed, key_id=key_id, place=place_of(row, field)) if sealed else ""


def unseal_all(wanted: Iterable[tuple[Model, str]], *, key_id: UUID) -> Mapping[tuple[UUID, str], Any]:
    """The values of many (row, field) of one case, by (row id, field), with one look-up of the key. A field where
    nothing was sealed is left out; all are left out once the key was destroyed."""
    filled = [(row, field, bytes(getattr(row, field))) for row, field in wanted]
    filled = [each for each in filled if each[2]]
    contents = keyring.unseal_many([(key_id, sealed, place_of(row, field)) for row, field, sealed in filled])
    return {
        (row.pk, field): json.loads(content)
        for (row, field, _), content in zip(filled, contents, strict=True)
        if content is not None
    }


def place_of(row: Model, field: str) -> str:
    """Where a content belongs, so that it opens nowhere else."""
    return f"{row._meta.model_name}.{field}:{row.pk}"
