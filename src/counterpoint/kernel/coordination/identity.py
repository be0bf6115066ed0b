"""Account identifiers become keyed hashes, so that findings can be worked on without names.

The same key gives the same pseudonym, so that two snapshots can be compared by whoever holds the key; without it the
pseudonyms cannot be turned back by trying known names.
"""

import hashlib
import hmac
from dataclasses import dataclass

from counterpoint.kernel.coordination.errors import BadOption

PSEUDONYM_LENGTH = 24  # hexadecimal digits: 96 bits, no clash to be expected among billions of accounts
_BLOCK = 64  # SHA-256 works on blocks of 64 bytes, which is where HMAC pads its key
SHORTEST_KEY = 16


@dataclass(frozen=True)
class Identifiers:
    """Whether account identifiers are shown as they came, and why; otherwise the key they are hashed under."""

    key: bytes
    purpose: str = ""

    def __post_init__(self) -> None:
        if not self.purpose and len(self.key) < SHORTEST_KEY:
            raise BadOption(f"The key for account pseudonyms has {len(self.key)} bytes; give at least {SHORTEST_KEY}.")

    @property
    def shown(self) -> bool:
        return bool(self.purpose)


def pseudonym(account_id: str, *, key: bytes) -> str:
    """HMAC-SHA-256 of the identifier, shortened. The engine computes the same in `pseudonym_sql`."""
    return hmac.new(key, account_id.encode(), hashlib.sha256).hexdigest()[:PSEUDONYM_LENGTH]


def label_sql(column: str, identifiers: Identifiers) -> str:
    """What stands for an account in everything that is written."""
    return column if identifiers.shown else pseudonym_sql(column, key=identifiers.key)


def pseudonym_sql(column: str, *, key: bytes) -> str:
    """`pseudonym` as an SQL expression over a text column (RFC 2104, with two plain SHA-256)."""
    padded = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    inner, outer = (bytes(byte ^ pad for byte in padded) for pad in (0x36, 0x5C))
    digest = f"sha256(unhex('{inner.hex()}') || encode({column}))"
    return f"left(sha256(unhex('{outer.hex()}') || unhex({digest})), {PSEUDONYM_LENGTH})"
