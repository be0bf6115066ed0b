"""Real servers for tests, private to a run: started on loopback in a temporary folder, ended by process id.

`python -m tests.servers postgres -- COMMAND …` runs a command with COUNTERPOINT_TEST_DATABASE set."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any


def free_port() -> int:
    """A port on loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _postgres_folder() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        raise SystemExit("PostgreSQL is not installed: run `scripts/setup test`")
    return found[-1].parent


def _as_server_user(command: list[str]) -> list[str]:
    """PostgreSQL refuses to run as root; its package makes a user for it."""
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else command


class PrivatePostgres:
    """A PostgreSQL of our own, with durable settings as shipped. `address` ends before the database's name."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.address = f"postgresql://counterpoint@127.0.0.1:{self.port}"
        self._programs, self._data = _postgres_folder(), folder / "data"
        self._server: subprocess.Popen[bytes] | None = None

    def make(self) -> None:
        """Lay down an empty cluster, and start it with the empty databases `counterpoint` and `counterpoint_keys`.
        Only the laying down is not synchronised: what the server writes from then on is."""
        given = ["-U", "counterpoint", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        self._run("initdb", "-D", str(self._data), *given)
        self.start()
        for name in ("counterpoint", "counterpoint_keys"):
            self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "counterpoint", name)

    def start(self) -> None:
        options = ["-D", str(self._data), "-p", str(self.port), "-k", str(self.folder)]
        settings = ["-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200"]
        command = [str(self._programs / "postgres"), *options, *settings]
        self._server = subprocess.Popen(_as_server_user(command), **self._quiet)
        _wait_for_postgres(self._programs, self.port)

    def kill(self) -> None:
        """SIGKILL to the server and each of its processes at once: nothing is flushed, nothing is said good-bye to."""
        first = self._first_process()
        for process in (first, *_children_of(first)):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        if self._server is not None:
            self._server.wait(timeout=30)

    def stop(self) -> None:
        if self._server is None or self._server.poll() is not None:
            return
        with suppress(ProcessLookupError, FileNotFoundError):
            os.kill(self._first_process(), signal.SIGINT)  # fast shutdown: does not wait for clients
        try:
            self._server.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.kill()

    def _first_process(self) -> int:
        """The server's own: what we started may be the program that only changed the user."""
        return int((self._data / "postmaster.pid").read_text().split()[0])

    @property
    def _quiet(self) -> dict[str, Any]:
        return {"stdout": subprocess.DEVNULL, "stderr": subprocess.STDOUT, "cwd": self.folder}

    def _run(self, program: str, *given: str) -> None:
        subprocess.run(_as_server_user([str(self._programs / program), *given]), check=True, **self._quiet)


@contextmanager
def running_postgres() -> Iterator[PrivatePostgres]:
    """A fresh one in a temporary folder, ended and deleted afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="counterpoint-postgres-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    server = PrivatePostgres(folder)
    try:
        server.make()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def private_postgres() -> Iterator[str]:
    """A PostgreSQL of our own with durable settings as shipped; gives postgresql://…/counterpoint (empty databases
    `counterpoint` and `counterpoint_keys` are there)."""
    with running_postgres() as server:
        yield f"{server.address}/counterpoint"


def _children_of(process: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    except FileNotFoundError:
        return []


def _wait_for_postgres(programs: Path, port: int) -> None:
    ready = [str(programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    for _ in range(150):
        if subprocess.run(ready, check=False).returncode == 0:
            return
        time.sleep(0.2)
    raise SystemExit("PostgreSQL did not start within 30 seconds")


def main(arguments: list[str]) -> int:
    if arguments[:2] != ["postgres", "--"] or len(arguments) < 3:
        print("usage: python -m tests.servers postgres -- COMMAND …", file=sys.stderr)
        return 2
    with private_postgres() as url:
        environment = {**os.environ, "COUNTERPOINT_TEST_DATABASE": url}
        return subprocess.run(arguments[2:], env=environment, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
