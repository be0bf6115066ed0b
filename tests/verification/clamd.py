"""A private clamd on a Unix socket, with a database of our own that knows EICAR and nothing else."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from counterpoint.gateways.antivirus_fake import EICAR, FOUND

CLAMD = shutil.which("clamd") or ("/usr/sbin/clamd" if Path("/usr/sbin/clamd").exists() else "")
MOST_BYTES = 2_000_000


@contextmanager
def a_clamd(folder: Path) -> Iterator[str]:
    """Its socket's path. Ended by its own process id."""
    database = folder / "database"
    database.mkdir()
    (database / "eicar.ndb").write_text(f"{FOUND}:0:*:{EICAR.hex()}\n")
    address = folder / "clamd.sock"
    (folder / "clamd.conf").write_text(
        f"LocalSocket {address}\nDatabaseDirectory {database}\nForeground yes\nLogFile {folder / 'log'}\n"
        f"TemporaryDirectory {folder}\nStreamMaxLength {MOST_BYTES}\n"
        "OfficialDatabaseOnly no\nConcurrentDatabaseReload no\n"
    )
    process = subprocess.Popen(
        [CLAMD, "--config-file", str(folder / "clamd.conf")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait(address, process)
        yield str(address)
    finally:
        process.terminate()
        process.wait(20)


def _wait(address: Path, process: subprocess.Popen) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"clamd ended with {process.returncode}")
        with socket.socket(socket.AF_UNIX) as client:
            try:
                client.connect(str(address))
            except OSError:
                time.sleep(0.1)
                continue
            return
    raise RuntimeError("clamd did not open its socket")
