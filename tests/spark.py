"""A real Spark cluster for tests: one master and two workers from the package, on loopback, ended by process id."""

import json
import os
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pyspark

from tests.servers import free_port

WORKERS = 2
QUICK_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"  # seconds of work are not worth compiling for minutes
PATIENCE_SECONDS = 180


@contextmanager
def spark_cluster() -> Iterator[str]:
    """Gives spark://127.0.0.1:PORT once both workers are registered."""
    folder = Path(tempfile.mkdtemp(prefix="counterpoint-spark-"))
    port, page = free_port(), free_port()
    address = f"spark://127.0.0.1:{port}"
    started = [_start(folder, "master", "org.apache.spark.deploy.master.Master", "--port", port, "--webui-port", page)]
    try:
        for number in range(WORKERS):
            place = ("--cores", 1, "--memory", "1g", "--webui-port", 0, "--work-dir", folder / f"work{number}")
            started.append(_start(folder, f"worker{number}", "org.apache.spark.deploy.worker.Worker", *place, address))
        _wait_for_workers(page, started, folder)
        yield address
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
        shutil.rmtree(folder, ignore_errors=True)


def _start(folder: Path, name: str, main_class: str, *given: object) -> subprocess.Popen[bytes]:
    home = Path(pyspark.__file__).parent
    command = [str(home / "bin" / "spark-class"), main_class, "--host", "127.0.0.1", *map(str, given)]
    settings = {"SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_CONF_DIR": str(folder),
                "SPARK_LOCAL_DIRS": str(folder), "SPARK_DAEMON_MEMORY": "256m",
                "SPARK_DAEMON_JAVA_OPTS": QUICK_JAVA}  # fmt: skip
    with (folder / f"{name}.log").open("wb") as log:
        return subprocess.Popen(command, env=os.environ | settings, cwd=folder, stdout=log, stderr=subprocess.STDOUT)


def _wait_for_workers(page: int, started: list[subprocess.Popen[bytes]], folder: Path) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until and all(process.poll() is None for process in started):
        with (
            suppress(OSError, ValueError),
            urllib.request.urlopen(f"http://127.0.0.1:{page}/json/", timeout=5) as answer,
        ):
            if json.load(answer)["aliveworkers"] == WORKERS:
                return
        time.sleep(0.2)
    logs = "\n".join(path.read_text(errors="replace")[-1000:] for path in sorted(folder.glob("*.log")))
    raise RuntimeError(f"the Spark cluster did not come up:\n{logs}")
