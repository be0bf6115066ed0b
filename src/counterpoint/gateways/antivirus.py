"""Virus checks by clamd, over its socket. The fake: `counterpoint.gateways.antivirus_fake`.

Speaks clamd's INSTREAM itself: the client library gives up when clamd closes the connection on a file that is too
large, before it has read clamd's answer, and then "too large" looks like "away".
"""

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Protocol

from counterpoint.base.errors import Fault

_TIMEOUT_SECONDS = 60.0
_CHUNK_BYTES = 64 * 1024
_LONGEST_ANSWER = 4096


class ScannerUnreachable(Fault):
    """No answer, or none that says anything about the file. Trying again later may help."""

    permanent = False


class TooLargeToScan(Fault):
    """The scanner refuses contents of this size. Raise StreamMaxLength in clamd.conf above the pack's upload limit."""

    permanent = True


@dataclass(frozen=True)
class Scan:
    """`found` names what was found, as the scanner calls it; "" for a clean file."""

    found: str

    @property
    def is_clean(self) -> bool:
        return not self.found


class Scanner(Protocol):
    def scan(self, content: bytes) -> Scan:
        """Check a file. Raises ScannerUnreachable, TooLargeToScan."""


@dataclass(frozen=True)
class Clamd:
    """clamd at a Unix socket (a path) or at host:port."""

    address: str

    def scan(self, content: bytes) -> Scan:
        """Stream the content to clamd; it never touches our disk in clear."""
        try:
            answer = self._answer(content)
        except OSError as error:
            raise ScannerUnreachable(f"the virus scanner does not answer: {type(error).__name__}") from None
        if answer == "stream: OK":
            return Scan("")
        if answer.startswith("stream: ") and answer.endswith(" FOUND"):
            return Scan(answer.removeprefix("stream: ").removesuffix(" FOUND"))
        if "size limit exceeded" in answer.lower():
            raise TooLargeToScan("the virus scanner refused a file for its size")
        raise ScannerUnreachable("the virus scanner could not check a file")

    def _answer(self, content: bytes) -> str:
        with self._connected() as connection:
            with suppress(BrokenPipeError, ConnectionResetError):  # it has heard enough: its answer says why
                connection.sendall(b"zINSTREAM\0")
                for start in range(0, len(content), _CHUNK_BYTES):
                    chunk = content[start : start + _CHUNK_BYTES]
                    connection.sendall(struct.pack(">I", len(chunk)) + chunk)
                connection.sendall(struct.pack(">I", 0))
            answer = b""
            while b"\0" not in answer and len(answer) < _LONGEST_ANSWER:
                part = connection.recv(_LONGEST_ANSWER)
                if not part:
                    break
                answer += part
        return answer.partition(b"\0")[0].decode(errors="replace").strip()

    @contextmanager
    def _connected(self) -> Iterator[socket.socket]:
        if self.address.startswith("/"):
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(_TIMEOUT_SECONDS)
                connection.connect(self.address)
                yield connection
            return
        host, _, port = self.address.rpartition(":")
        if not host or not port.isdigit():
            raise Fault("COUNTERPOINT_CLAMD must be the path of a socket, or host:port")
        with socket.create_connection((host, int(port)), timeout=_TIMEOUT_SECONDS) as connection:
            yield connection


def scanner_at(address: str) -> Scanner | None:
    """The scanner at this address; None for "", where none is set up."""
    return Clamd(address) if address else None
