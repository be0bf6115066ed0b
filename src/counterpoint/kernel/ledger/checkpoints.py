"""Checkpoints: a tree's size and root, signed, in the form that transparency logs exchange.

Source: C2SP `tlog-checkpoint` and `signed-note` (Ed25519 signatures, type 0x01).
"""

import base64
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ED25519 = b"\x01"
_KEY_HASH_BYTES = 4


class CheckpointNotValid(Exception):
    """Not a checkpoint of this log: its form, its origin or its signature does not hold."""


@dataclass(frozen=True)
class Checkpoint:
    origin: str
    size: int
    root: bytes

    def body(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


class CheckpointSigner:
    """Signs for one log. `seed`: 32 bytes."""

    def __init__(self, origin: str, seed: bytes) -> None:
        self.origin = origin
        self._key = Ed25519PrivateKey.from_private_bytes(seed)

    @property
    def verifier_line(self) -> str:
        """The public key as one line (`name+hash+key`), for those who verify."""
        public = self._key.public_key().public_bytes_raw()
        key = base64.b64encode(_ED25519 + public).decode()
        return f"{self.origin}+{_key_hash(self.origin, public).hex()}+{key}"

    def sign(self, size: int, root: bytes) -> str:
        """The signed note over a tree of `size` leaves with this root."""
        body = Checkpoint(self.origin, size, root).body()
        public = self._key.public_key().public_bytes_raw()
        signature = base64.b64encode(_key_hash(self.origin, public) + self._key.sign(body.encode())).decode()
        return f"{body}\n— {self.origin} {signature}\n"


class CheckpointVerifier:
    """Checks notes by the line that `CheckpointSigner.verifier_line` gives."""

    def __init__(self, verifier_line: str) -> None:
        try:
            self.origin, _, key = verifier_line.strip().split("+", 2)  # the key may hold a plus, a name may not
            raw = base64.b64decode(key, validate=True)
            self._key = Ed25519PublicKey.from_public_bytes(raw.removeprefix(_ED25519))
        except ValueError:
            raise CheckpointNotValid("this is not a verifier line (name+hash+key)") from None
        self._hash = _key_hash(self.origin, self._key.public_bytes_raw())

    def open(self, note: str) -> Checkpoint:
        """The checkpoint in the note. Raises CheckpointNotValid, saying which part does not hold."""
        body, _, signatures = note.partition("\n\n")
        checkpoint = _read_body(body + "\n")
        if checkpoint.origin != self.origin:
            raise CheckpointNotValid("this checkpoint is another log's")
        for line in signatures.splitlines():
            if self._signed_by_us(line, checkpoint.body()):
                return checkpoint
        raise CheckpointNotValid("no signature by this log's key holds")

    def _signed_by_us(self, line: str, body: str) -> bool:
        try:
            dash, name, text = line.split(" ")
            raw = base64.b64decode(text, validate=True)
        except ValueError:
            return False
        if (dash, name, raw[:_KEY_HASH_BYTES]) != ("—", self.origin, self._hash):
            return False
        try:
            self._key.verify(raw[_KEY_HASH_BYTES:], body.encode())
        except InvalidSignature:
            return False
        return True


def _read_body(body: str) -> Checkpoint:
    try:
        origin, size, root = body.splitlines()
        checkpoint = Checkpoint(origin, int(size), base64.b64decode(root, validate=True))
    except ValueError:
        raise CheckpointNotValid("this is not a checkpoint: three lines are expected (origin, size, root)") from None
    if checkpoint.body() != body:
        raise CheckpointNotValid("this checkpoint is not in its canonical form")
    return checkpoint


def _key_hash(origin: str, public: bytes) -> bytes:
    return hashlib.sha256(origin.encode() + b"\n" + _ED25519 + public).digest()[:_KEY_HASH_BYTES]
