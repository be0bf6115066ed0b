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
from contextlib import contextmanager
from pathlib import Path


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


@contextmanager
def private_postgres() -> Iterator[str]:
    """A PostgreSQL of our own with durable settings as shipped; gives postgresql://…/counterpoint (empty databases
    `counterpoint` and `counterpoint_keys` are there)."""
    programs = _postgres_folder()
    folder = Path(tempfile.mkdtemp(prefix="counterpoint-postgres-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    data, port = folder / "data", free_port()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.STDOUT, "cwd": folder}
    initdb = [
        str(programs / "initdb"),
        "-D",
        str(data),
        "-U",
        "counterpoint",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
    ]
    subprocess.run(_as_server_user(initdb), check=True, **quiet)
    options = [
        "-D",
        str(data),
        "-p",
        str(port),
        "-k",
        str(folder),
        "-c",
        "listen_addresses=127.0.0.1",
        "-c",
        "max_connections=200",
    ]
    server = subprocess.Popen(_as_server_user([str(programs / "postgres"), *options]), **quiet)
    address = f"postgresql://counterpoint@127.0.0.1:{port}"
    try:
        _wait_for_postgres(programs, port)
        for name in ("counterpoint", "counterpoint_keys"):
            create = [str(programs / "createdb"), "-h", "127.0.0.1", "-p", str(port), "-U", "counterpoint", name]
            subprocess.run(create, check=True, **quiet)
        yield f"{address}/counterpoint"
    finally:
        server.send_signal(signal.SIGINT)  # fast shutdown: does not wait for clients
        try:
            server.wait(timeout=30)
        except subprocess.TimeoutExpired:
            server.kill()
        shutil.rmtree(folder, ignore_errors=True)


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
