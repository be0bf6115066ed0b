"""Stands for clamd where none runs: knows the EICAR test file and nothing else. Held against the real one in
tests/verification/test_antivirus.py."""

from dataclasses import dataclass

from counterpoint.gateways.antivirus import Scan, ScannerUnreachable, TooLargeToScan

# In two parts, so that scanners leave this source file alone.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-" + b"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
FOUND = "Eicar-Test-Signature"


@dataclass
class FakeScanner:
    """Finds EICAR anywhere in a file. `reachable` False plays a scanner that is down."""

    reachable: bool = True
    most_bytes: int = 25_000_000
    scanned: int = 0

    def scan(self, content: bytes) -> Scan:
        """As `Clamd.scan`."""
        if not self.reachable:
            raise ScannerUnreachable("the virus scanner does not answer: ConnectionError")
        if len(content) > self.most_bytes:
            raise TooLargeToScan("the virus scanner refused a file for its size")
        self.scanned += 1
        return Scan(FOUND if EICAR in content else "")
