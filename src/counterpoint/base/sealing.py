"""Authenticated encryption of small contents (AES-256-GCM), and the deployment keys that wrap record keys.

Which record has which key, and how a key is destroyed: `counterpoint.base.keyring`.
"""

import base64
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from counterpoint.base.errors import Fault

KEY_BYTES = 32
_NONCE_BYTES = 12


class CannotUnseal(Fault):
    """The content was sealed under another key, for another place, or has been altered."""


def seal(content: bytes, *, key: bytes, place: str) -> bytes:
    """`content` encrypted under `key`, bound to `place` (for example "referral.answers:<id>"): moved elsewhere it
    does not open. Layout: 12 bytes nonce, ciphertext, 16 bytes tag."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, content, place.encode())


def unseal(sealed: bytes, *, key: bytes, place: str) -> bytes:
    """The content that `seal` was given. Raises CannotUnseal."""
    try:
        return AESGCM(key).decrypt(bytes(sealed[:_NONCE_BYTES]), bytes(sealed[_NONCE_BYTES:]), place.encode())
    except (InvalidTag, ValueError):
        raise CannotUnseal(f"what is stored at {place.split(':', maxsplit=1)[0]} does not open with its key") from None


@dataclass(frozen=True)
class DeploymentKeys:
    """The keys that wrap record keys. The first wraps; all unwrap, so that keys can be changed over."""

    keys: tuple[bytes, ...]

    @property
    def wrapping_key_id(self) -> str:
        """Names the wrapping key without telling anything about it."""
        return key_id(self.keys[0])

    def wrap(self, record_key: bytes, *, place: str) -> bytes:
        """The record key, encrypted under the deployment key."""
        return seal(record_key, key=self.keys[0], place=place)

    def unwrap(self, wrapped: bytes, *, wrapped_by: str, place: str) -> bytes:
        """The record key. Raises Fault when the deployment key that wrapped it is not there."""
        for key in self.keys:
            if key_id(key) == wrapped_by:
                return unseal(wrapped, key=key, place=place)
        raise Fault(f"deployment key {wrapped_by} is missing: put it back as a further line of the key file")

    def derive(self, purpose: str) -> bytes:
        """A 32-byte key of its own for one purpose (blind index, receipt, audit code), the same at every start.
        Derived from the *last* key, the oldest, so that changing over the wrapping key does not change it."""
        return hmac.digest(self.keys[-1], b"counterpoint/" + purpose.encode(), "sha256")


def key_id(key: bytes) -> str:
    """The first 16 hex digits of a one-way fingerprint of the key."""
    return hmac.new(key, b"counterpoint/key-id", hashlib.sha256).hexdigest()[:16]


def new_key_line() -> str:
    """A fresh deployment key as one line of text, for a key file."""
    return base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def read_deployment_keys(*, key_file: str | None, key_text: str | None) -> DeploymentKeys:
    """The keys from a file (one a line, newest first) or from text in the same form. Raises Fault with the likely
    cause when there is none, the file is open to others, or a line is not a key."""
    lines = _key_lines(key_file, key_text)
    keys = tuple(_key_from(line, number) for number, line in enumerate(lines, start=1))
    if not keys:
        raise Fault(
            "no deployment key: set COUNTERPOINT_KEY_FILE to a file with one (make it with `counterpoint key new`), "
            "or COUNTERPOINT_KEY"
        )
    return DeploymentKeys(keys)


def _key_lines(key_file: str | None, key_text: str | None) -> list[str]:
    if not key_file:
        return (key_text or "").split()
    path = Path(key_file)
    try:
        mode = path.stat().st_mode
        text = path.read_text()
    except OSError as error:
        raise Fault(f"the key file cannot be read: {error.strerror}. Check COUNTERPOINT_KEY_FILE") from None
    if os.name == "posix" and mode & 0o077:
        raise Fault("the key file can be read by others: chmod 600 it")
    return text.split()


def _key_from(line: str, number: int) -> bytes:
    try:
        key = base64.urlsafe_b64decode(line)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise Fault(f"line {number} of the deployment key is not {KEY_BYTES} bytes in base64")
    return key
