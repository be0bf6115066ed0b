import json

import pytest
from tests.kernel.coordination.test_run import SHOWN, command, source

from counterpoint.kernel.coordination.findings import Detector
from counterpoint.kernel.coordination.progress import Meter, Standing
from counterpoint.kernel.coordination.run import RunOptions, detect

__all__ = ["source"]  # a fixture


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def seen(tmp_path):
    clock, told = Clock(), []
    return Meter(tmp_path, {"Reading": 10, "Looking": 80, "Writing": 10}, told.append, clock=clock), clock, told


def test_percent_and_time_left_follow_the_stages(tmp_path, seen):
    meter, clock, told = seen
    meter.begin("Reading")
    clock.now += 3
    meter.begin("Looking")
    clock.now += 12
    meter.within(0.5)
    meter.finish()
    assert told == [
        Standing("Reading", 0, None),
        Standing("Looking", 10, 27.0),
        Standing("Looking", 50, 15.0),
        Standing("Done", 100, 0.0),
    ]
    assert json.loads((tmp_path / "progress.json").read_text()) == {
        "stage": "Done",
        "percent": 100.0,
        "remaining_seconds": 0.0,
    }


def test_a_stage_that_an_earlier_run_did_is_passed_over(seen):
    meter, _, told = seen
    meter.begin("Writing")
    assert told[-1].percent == 90


def test_percent_never_falls(seen):
    meter, _, told = seen
    meter.begin("Looking")
    meter.within(0.9)
    meter.within(0.2)
    assert [standing.percent for standing in told] == [10, 82, 82]


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (None, "Looking: 50 %"),
        (8.4, "Looking: 50 %, about 8 seconds left"),
        (0.2, "Looking: 50 %, about 1 second left"),
        (1.2, "Looking: 50 %, about 1 second left"),
        (89.9, "Looking: 50 %, about 90 seconds left"),
        (90, "Looking: 50 %, about 2 minutes left"),
        (600, "Looking: 50 %, about 10 minutes left"),
    ],
)
def test_it_is_told_in_words(left, words):
    assert str(Standing("Looking", 50.0, left)) == words


def test_what_is_done_has_no_time_left():
    assert str(Standing("Done", 100.0, 0.0)) == "Done: 100 %"


def test_a_run_keeps_it_in_its_folder_and_tells_the_terminal(source, tmp_path):
    stages, told = [], []
    detect(
        source,
        tmp_path / "one",
        RunOptions(detectors=(Detector.PAIRS, Detector.VALIDATED)),
        identifiers=SHOWN,
        progress=stages.append,
        watch=told.append,
    )
    assert stages == ["Reading posts", "Pairing posts within the window", "Validating what accounts share", "Writing"]
    percents = [standing.percent for standing in told]
    assert percents == sorted(percents)
    assert len(percents) > len(stages)
    assert json.loads((tmp_path / "one" / "progress.json").read_text())["percent"] == 100
    result = command("detect", source, "--out", tmp_path / "two", "--detectors", "pairs")
    assert "Reading posts: 0 %" in result.output
    assert "Done: 100 %" in result.output
