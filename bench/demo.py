"""Seconds from `make demo` to the first page, in a fresh clone with empty caches, and again once it is there.

`python -m bench.demo`: what is committed, cloned into a folder that is deleted afterwards; needs port 8000 and the
package registries. Beside it, how long this machine takes to add ten million numbers: hours of one machine differ, too.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import URLError
from urllib.request import urlopen

from bench.measuring import print_machine, print_table

_TOP = Path(__file__).resolve().parents[1]
_PORTAL = "http://127.0.0.1:8000/"
_GIVE_UP_SECONDS = 900
_ADDING = ["-c", "s = 0\nfor i in range(10**7): s += i * i"]


def main() -> None:
    print_machine()
    with TemporaryDirectory(prefix="counterpoint-demo-") as folder:
        place = Path(folder)
        subprocess.run(["git", "clone", "-q", str(_TOP), str(place / "clone")], check=True)
        rows = [["ten million numbers added", f"{_adding():.1f}", ""]]
        rows += [["`make demo`, cold", f"{_until_served(place):.1f}", "< 90"]]
        rows += [["`make demo`, warm", f"{_until_served(place):.1f}", "5"] for _ in range(2)]
        rows += [["ten million numbers added", f"{_adding():.1f}", ""]]
    print_table(["to the first page", "seconds", "goal"], rows)


def _adding() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, *_ADDING], check=True)
    return time.perf_counter() - began


def _until_served(place: Path) -> float:
    caches = {name: str(place / name) for name in ("PIP_CACHE_DIR", "UV_CACHE_DIR", "npm_config_cache")}
    own = {name: value for name, value in os.environ.items() if not name.startswith(("COUNTERPOINT_", "DJANGO_"))}
    with (place / "log").open("ab") as log:
        began = time.perf_counter()
        demo = subprocess.Popen(
            ["make", "demo"], cwd=place / "clone", env=own | caches, stdout=log, stderr=log, start_new_session=True
        )
        try:
            _wait_for_portal(demo, until=began + _GIVE_UP_SECONDS)
            return time.perf_counter() - began
        finally:
            _end(demo)


def _wait_for_portal(demo: "subprocess.Popen[bytes]", *, until: float) -> None:
    while time.perf_counter() < until:
        if demo.poll() is not None:
            raise SystemExit("`make demo` ended by itself. Run it by hand to see why; perhaps a demo runs already.")
        try:
            with urlopen(_PORTAL, timeout=10) as answer:
                answer.read()
        except (URLError, OSError):
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"no page after {_GIVE_UP_SECONDS} seconds")


def _end(demo: "subprocess.Popen[bytes]") -> None:
    """Ctrl-C, as a person would; what was begun beside it (packages for analysts) ends with it."""
    os.killpg(demo.pid, signal.SIGINT)
    try:
        demo.wait(timeout=30)
    except subprocess.TimeoutExpired:
        os.killpg(demo.pid, signal.SIGKILL)
        demo.wait()


if __name__ == "__main__":
    main()
