"""Makes databases that nobody needs yet as fast as can be: while the demo's folder is half made, a crash loses only
what would be thrown away anyway, so nothing waits for the disk until the end."""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections

from counterpoint.config.migrate import make_anew

_BOTH = ("keys", "default")


@contextmanager
def made_quickly() -> Iterator[None]:
    """Both databases made; when the block is over, all of it is on disk."""
    for name in _BOTH:
        _do(name, "PRAGMA synchronous=OFF")
    make_anew()
    gc.collect()
    gc.freeze()
    gc.disable()  # two thousand short stories make no circles worth looking for; the process is young
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()
    for name in _BOTH:
        _do(name, "PRAGMA synchronous=FULL")
        _do(name, "PRAGMA optimize")
        _do(name, "PRAGMA wal_checkpoint(TRUNCATE)")
    connections.close_all()
    os.sync()


def _do(name: str, statement: str) -> None:
    with connections[name].cursor() as cursor:
        cursor.execute(statement)
