"""What a leaf commits to: each field by a salted hash, so that a field can be forgotten and the rest still checked."""

import hmac
import json
from collections.abc import Mapping
from typing import Any

import rfc8785

_TEXTS_ONLY = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def canonical(value: Any) -> bytes:
    """The value as canonical JSON (RFC 8785). Texts, which most values are, go to the standard library's encoder, which
    writes these the same in a tenth of the time."""
    if type(value) is str:
        try:
            return _TEXTS_ONLY.encode(value).encode()
        except UnicodeEncodeError:
            pass  # half a character: what follows says so
    return rfc8785.dumps(value)


def commit_fields(fields: Mapping[str, Any], salts: Mapping[str, str]) -> dict[str, str]:
    """Field name -> HMAC-SHA256 of the field's canonical JSON under its salt; salts and results in hex.
    A salt of at least 128 random bits keeps a blanked value from being guessed back."""
    return {name: _commit(value, salts[name]) for name, value in fields.items()}


def commitment_holds(value: Any, salt: str, commitment: str) -> bool:
    """Whether this value is the one that was committed to."""
    return hmac.compare_digest(_commit(value, salt), commitment)


def leaf_bytes(entry_id: str, commitments: Mapping[str, str]) -> bytes:
    """The entry as the tree holds it: canonical JSON (RFC 8785) of its id and its commitments. Names and commitments
    are plain ASCII, which sorts and reads alike by the standard library's encoder."""
    return _TEXTS_ONLY.encode({"id": entry_id, "fields": dict(commitments)}).encode()


def _commit(value: Any, salt: str) -> str:
    return hmac.digest(bytes.fromhex(salt), canonical(value), "sha256").hex()
