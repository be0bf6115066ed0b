"""Virus checks by clamd, over its socket. The fake: `counterpoint.gateways.antivirus_fake`."""

import io
from dataclasses import dataclass
from typing import Protocol

import clamd

from counterpoint.base.errors import Fault

_TIMEOUT_SECONDS = 60


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
            answer = self._connection().instream(io.BytesIO(content))
        except clamd.BufferTooLongError:
            raise TooLargeToScan("the virus scanner refused a file for its size") from None
        except (clamd.ConnectionError, OSError) as error:
            raise ScannerUnreachable(f"the virus scanner does not answer: {type(error).__name__}") from None
        status, found = answer.get("stream", ("ERROR", ""))
        if status == "OK":
            return Scan("")
        if status == "FOUND":
            return Scan(str(found))
        if "size limit" in str(found).lower():
            raise TooLargeToScan("the virus scanner refused a file for its size")
        raise ScannerUnreachable("the virus scanner could not check a file")

    def _connection(self) -> clamd.ClamdUnixSocket:
        if self.address.startswith("/"):
            return clamd.ClamdUnixSocket(self.address, timeout=_TIMEOUT_SECONDS)
        host, _, port = self.address.rpartition(":")
        if not host or not port.isdigit():
            raise Fault("COUNTERPOINT_CLAMD must be the path of a socket, or host:port")
        return clamd.ClamdNetworkSocket(host, int(port), timeout=_TIMEOUT_SECONDS)


def scanner_at(address: str) -> Scanner | None:
    """The scanner at this address; None for "", where none is set up."""
    return Clamd(address) if address else None
