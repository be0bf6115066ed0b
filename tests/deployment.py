"""A served Counterpoint of its own for a test or a measurement: a temporary folder with keys, files and databases, and
`counterpoint serve` as one process group on loopback, which can be killed at any instant.

What runs inside it, under its settings: `tests.inside`.
"""

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.servers import free_port

ROOT = Path(__file__).resolve().parents[1]
_KEY = "ZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGQ="  # protects nothing


@dataclass
class Deployment:
    """databases: the addresses of the main database and of the keys'."""

    folder: Path
    databases: tuple[str, str]
    web_workers: int = 2
    job_workers: int = 1
    more: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    _leader: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("COUNTERPOINT_", "DJANGO_"))}
        return {
            **kept,
            "DJANGO_SETTINGS_MODULE": "counterpoint.config.settings",
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")]),
            "COUNTERPOINT_DEMO": "1",
            "COUNTERPOINT_SECRET_KEY": "served for a test",
            "COUNTERPOINT_KEY": _KEY,
            "COUNTERPOINT_DATABASE_URL": self.databases[0],
            "COUNTERPOINT_KEYS_DATABASE_URL": self.databases[1],
            "COUNTERPOINT_FILES": str(self.files),
            "COUNTERPOINT_CHECKPOINTS": str(self.folder / "checkpoints"),
            **self.more,
        }

    @property
    def files(self) -> Path:
        return self.folder / "files"

    @property
    def log(self) -> Path:
        """Everything that the servers say."""
        return self.folder / "log"

    @property
    def said(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def inside(self, command: str, *given: str, told: object = None) -> Any:
        """Run a command of `tests.inside` under this deployment's settings. told: JSON for it; its own answer back."""
        ran = subprocess.run(
            [sys.executable, "-m", "tests.inside", command, *given],
            env=self.environment,
            input=json.dumps(told).encode(),
            capture_output=True,
            cwd=self.folder,
            check=False,
        )
        if ran.returncode != 0:
            raise AssertionError(f"tests.inside {command} failed:\n{ran.stderr.decode()[-4000:]}")
        return json.loads(ran.stdout) if ran.stdout.strip() else None

    def start(self, command: Sequence[str] | None = None, *, wait_for: str = "/en/", answered: int = 200) -> None:
        """Start the process group and wait until it answers."""
        bind = f"127.0.0.1:{self.port}"
        workers = ["--web-workers", str(self.web_workers), "--job-workers", str(self.job_workers)]
        started = command or [sys.executable, "-m", "counterpoint", "serve", "--bind", bind, *workers]
        with self.log.open("ab") as log:
            self._leader = subprocess.Popen(
                list(started), env=self.environment, cwd=self.folder, stdout=log, stderr=log, start_new_session=True
            )
        self.wait_until_it_answers(wait_for, status=answered)

    def wait_until_it_answers(self, path: str = "/en/", *, status: int = 200, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with suppress(OSError, http.client.HTTPException):
                asked = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
                with closing(asked):
                    asked.request("GET", path)
                    if asked.getresponse().status == status:
                        return
            time.sleep(0.05)
        raise AssertionError(f"the server did not answer within {seconds} s. It said:\n{self.said[-3000:]}")

    def kill(self) -> None:
        """SIGKILL to every process of the group, at once."""
        if self._leader is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._leader.pid, signal.SIGKILL)
        self._leader.wait(timeout=30)
        self._leader = None

    def processes(self) -> dict[int, str]:
        """The process group as it is now: process id to command line."""
        found: dict[int, str] = {}
        for entry in Path("/proc").iterdir() if self._leader else ():
            with suppress(ValueError, OSError):
                process = int(entry.name)
                if os.getpgid(process) == self._leader.pid:
                    found[process] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        return found

    def stop(self) -> None:
        """End it in peace; with force after some seconds."""
        if self._leader is None:
            return
        self._leader.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._leader.wait(timeout=15)
        self.kill() if self._leader.poll() is None else None
        self._leader = None


@contextmanager
def a_deployment(postgres: str | None = None, **more: Any) -> Iterator[Deployment]:
    """Migrated, with the England pack in force and a lead agency; not started yet. postgres: an address that ends
    before the database's name, where `counterpoint` and `counterpoint_keys` lie empty; SQLite without one."""
    folder = Path(tempfile.mkdtemp(prefix="counterpoint-served-"))
    if postgres:
        databases = (f"{postgres}/counterpoint", f"{postgres}/counterpoint_keys")
    else:
        databases = (f"sqlite:///{folder}/db.sqlite3", f"sqlite:///{folder}/keys.sqlite3")
    made = Deployment(folder, databases, **more)
    try:
        made.inside("prepare")
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)
