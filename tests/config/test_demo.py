"""`counterpoint demo` as people start it: a real process on a port of its own, a small slice of the town."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import pytest
from tests.servers import free_port

ROOT = Path(__file__).parents[2]
WITHIN_SECONDS = 240


def demo(folder, *more):
    return [sys.executable, "-m", "counterpoint", "demo", "--folder", str(folder), "--stories", "40", *more]


def run(command):
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=WITHIN_SECONDS, check=False)


def children_of(pid):
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit() and _parent(path) == pid]


def _parent(path):
    try:
        return int((path / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def is_alive(pid):
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_for(holds, *, seconds=WITHIN_SECONDS):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = holds()
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError("it did not come about in time")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A demo that is loaded once for all tests here."""
    place = tmp_path_factory.mktemp("demo") / "town"
    done = run(demo(place, "--no-serve"))
    assert done.returncode == 0, done.stderr[-2000:]
    assert "amara.quillfeather@northmoor-council.example" in done.stdout
    return place


def test_it_is_loaded_whole_and_for_its_owner_alone(folder):
    assert [path.name for path in folder.parent.iterdir() if "half-made" in path.name] == []
    assert not list(folder.glob("*.part-*"))
    for name in ("key", "secret-key", "demo.json"):
        assert (folder / name).stat().st_mode & 0o077 == 0
    about = json.loads((folder / "demo.json").read_text())
    assert len(about["logins"]) == 25
    assert len(about["receipts"]) >= 2


def test_codes_are_printed(folder):
    one = run(
        [
            sys.executable,
            "-m",
            "counterpoint",
            "demo",
            "--folder",
            str(folder),
            "code",
            "noor.lanternby@northmoor-council.example",
        ]
    )
    assert one.returncode == 0, one.stderr[-2000:]
    assert one.stdout.strip().isdigit()
    everybody = run([sys.executable, "-m", "counterpoint", "demo", "--folder", str(folder), "codes"])
    assert len(everybody.stdout.splitlines()) == 25
    nobody = run([sys.executable, "-m", "counterpoint", "demo", "--folder", str(folder), "code", "x@y.example"])
    assert nobody.returncode == 1
    assert "Nobody of the demo" in nobody.stderr


def test_it_serves_and_ends_with_all_its_children(folder):
    port = free_port()
    with subprocess.Popen(
        demo(folder, "--port", str(port)), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        try:
            wait_for(lambda: _answers(f"http://127.0.0.1:{port}/en/"))
            assert _answers(f"http://127.0.0.1:{port}/desk/login/")
            children = children_of(process.pid)
            everybody = [*children, *(each for child in children for each in children_of(child))]
            assert len(children) == 2
            busy = run(demo(folder, "--port", str(port)))
            assert busy.returncode == 1
            assert f"port {port}" in busy.stderr
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)
    assert process.returncode == 0
    wait_for(lambda: not any(is_alive(pid) for pid in everybody), seconds=30)


@pytest.mark.parametrize(("said", "is_served"), [("built\n", True), ("", False)])
def test_it_waits_for_the_styles_that_are_built_beside_it(folder, said, is_served):
    done = subprocess.run(
        demo(folder, "--no-serve", "--styles-follow"),
        cwd=ROOT, input=said, capture_output=True, text=True, timeout=WITHIN_SECONDS, check=False,
    )  # fmt: skip
    assert (done.returncode == 0) == is_served
    assert ("Desk logins." in done.stdout) == is_served
    assert ("could not be built" in done.stderr) != is_served


def test_a_port_in_use_is_told_before_anything_is_made(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = run(demo(tmp_path / "town", "--port", str(port)))
    assert refused.returncode == 1
    assert f"port {port}" in refused.stderr
    assert not (tmp_path / "town").exists()


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "dear.txt").write_text("keep me")
    refused = run(demo(tmp_path / "letters", "--no-serve"))
    assert refused.returncode == 1
    assert "something else" in refused.stderr
    assert (tmp_path / "letters" / "dear.txt").read_text() == "keep me"


def test_a_kill_in_the_middle_leaves_nothing_half(tmp_path):
    place = tmp_path / "town"
    with subprocess.Popen(
        demo(place, "--no-serve"), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        wait_for(lambda: (tmp_path / "town.half-made" / "key").exists())
        os.kill(process.pid, signal.SIGKILL)
    assert not place.exists()


def _answers(address):
    try:
        with urlopen(address, timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False
