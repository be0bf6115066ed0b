"""Each record's own key: made, used, destroyed. The keys' table is `counterpoint.base.models.RecordKey`."""

import json
import os
import secrets
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connections, transaction

from counterpoint.base import clock, ids
from counterpoint.base.errors import NotPossible
from counterpoint.base.models import RecordKey
from counterpoint.base.prepared import Prepared
from counterpoint.base.sealing import KEY_BYTES, DeploymentKeys, seal, unseal

_DATABASE = "keys"
_MINTED_AT_ONCE = 64
_REMEMBERED_SECONDS = 5.0
_ONE_KEY = Prepared(lambda key_id: RecordKey.objects.using(_DATABASE).filter(pk=key_id, wrapped__isnull=False))


class KeyDestroyed(NotPossible):
    """The record was erased: its key is gone and nothing can bring the content back."""


class _Stock:
    """Keys minted ahead, so that one commit in the key database serves many records. What a killed process leaves
    in stock is a few unused rows, no loss. A forked worker starts with none, so that no two records share a key.

    A key just taken is remembered for some seconds, so that the record it was taken for is sealed without asking the
    database for what we have only just told it. Opening always asks: another process may have destroyed the key."""

    def __init__(self) -> None:
        self._keys: deque[tuple[UUID, bytes]] = deque()
        self._taken: dict[UUID, tuple[bytes, float]] = {}
        self._lock = Lock()

    def take(self) -> UUID:
        with self._lock:
            if not self._keys:
                self._keys.extend(_mint(_MINTED_AT_ONCE))
            key_id, key = self._keys.popleft()
            self._forget_old()
            self._taken[key_id] = (key, time.monotonic())
            return key_id

    def just_taken(self, key_id: UUID) -> bytes | None:
        key, at = self._taken.get(key_id, (None, 0.0))
        return key if time.monotonic() - at < _REMEMBERED_SECONDS else None

    def forget(self, key_id: UUID) -> None:
        with self._lock:
            self._taken.pop(key_id, None)

    def clear(self) -> None:
        self._keys.clear()
        self._taken.clear()
        self._lock = Lock()

    def _forget_old(self) -> None:
        before = time.monotonic() - _REMEMBERED_SECONDS
        for key_id in [key_id for key_id, (_, at) in self._taken.items() if at < before]:
            del self._taken[key_id]


_stock = _Stock()
os.register_at_fork(after_in_child=_stock.clear)


_kept: ContextVar[dict[UUID, bytes] | None] = ContextVar("kept", default=None)


@contextmanager
def kept_in_memory() -> Iterator[None]:
    """Within this block the keys that were used stay in memory, so that the demo town, where one process opens each
    record dozens of times, is loaded sooner. Not for servers: a key that another process destroyed would still open."""
    token = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(token)


def forget_stock() -> None:
    """Drop the keys minted ahead: for tests, which roll the key database back under us."""
    _stock.clear()


def new_record_key() -> UUID:
    """The id of a fresh key, already safe in the key database."""
    return _stock.take()


def seal_record(content: bytes, *, key_id: UUID, place: str) -> bytes:
    """`content` encrypted under the record's key, bound to `place` ("<model>.<field>:<row id>").
    Raises KeyDestroyed."""
    return seal(content, key=_stock.just_taken(key_id) or _record_key(key_id), place=place)


def unseal_record(sealed: bytes, *, key_id: UUID, place: str) -> bytes:
    """What `seal_record` was given. Raises KeyDestroyed, CannotUnseal."""
    return unseal(sealed, key=_record_key(key_id), place=place)


def seal_json(value: Any, *, key_id: UUID, place: str) -> bytes:
    """A JSON value, encrypted as by `seal_record`."""
    return seal_record(json.dumps(value, ensure_ascii=False).encode(), key_id=key_id, place=place)


def unseal_json(sealed: bytes, *, key_id: UUID, place: str) -> Any:
    """The JSON value given to `seal_json`. Raises KeyDestroyed, CannotUnseal."""
    return json.loads(unseal_record(sealed, key_id=key_id, place=place))


def unseal_many(rows: Iterable[tuple[UUID, bytes, str]]) -> list[bytes | None]:
    """The contents of (key id, sealed, place) rows with one look-up of keys; None where the key was destroyed."""
    wanted = list(rows)
    keys = _record_keys({key_id for key_id, _, _ in wanted})
    return [
        unseal(sealed, key=keys[key_id], place=place) if key_id in keys else None for key_id, sealed, place in wanted
    ]


def destroy_record_key(key_id: UUID) -> None:
    """Make everything sealed under this key unreadable, everywhere and for good. Safe to run twice."""
    _stock.forget(key_id)
    RecordKey.objects.using(_DATABASE).filter(pk=key_id, destroyed_at__isnull=True).update(
        wrapped=None, destroyed_at=clock.now()
    )
    (_kept.get() or {}).pop(key_id, None)
    connection = connections[_DATABASE]
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:  # the write-ahead log would keep the old page until the next checkpoint
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _mint(count: int) -> list[tuple[UUID, bytes]]:
    keys: DeploymentKeys = settings.DEPLOYMENT_KEYS
    rows, minted = [], []
    for _ in range(count):
        key_id, key = ids.new_id(), secrets.token_bytes(KEY_BYTES)
        minted.append((key_id, key))
        wrapped = keys.wrap(key, place=_place(key_id))
        rows.append(RecordKey(id=key_id, wrapped=wrapped, wrapped_by=keys.wrapping_key_id))
    with transaction.atomic(using=_DATABASE):
        RecordKey.objects.using(_DATABASE).bulk_create(rows)
    return minted


def _record_key(key_id: UUID) -> bytes:
    keys = _record_keys({key_id})
    if key_id not in keys:
        raise KeyDestroyed("This record was erased. What it held cannot be read any more.")
    return keys[key_id]


def _record_keys(wanted: set[UUID]) -> Mapping[UUID, bytes]:
    kept = _kept.get()
    if kept is None:
        return _stored_keys(wanted)
    missing = {key_id for key_id in wanted if key_id not in kept}  # `wanted - kept.keys()` looks at all that are kept
    if missing:
        kept.update(_stored_keys(missing))
    return {key_id: kept[key_id] for key_id in wanted if key_id in kept}


def _stored_keys(wanted: set[UUID]) -> dict[UUID, bytes]:
    keys: DeploymentKeys = settings.DEPLOYMENT_KEYS
    if len(wanted) == 1:
        rows: Iterable[RecordKey] = _ONE_KEY.all(*wanted)
    else:
        rows = RecordKey.objects.using(_DATABASE).filter(pk__in=wanted, wrapped__isnull=False)
    return {
        row.id: keys.unwrap(bytes(row.wrapped), wrapped_by=row.wrapped_by, place=_place(row.id))
        for row in rows
        if row.wrapped is not None
    }


def _place(key_id: UUID) -> str:
    return f"record_key:{key_id}"
