"""Every story holds against the pack: answers, route, way through the process, and what its reporter reads."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml

from counterpoint.kernel.decisions import evaluate as fire
from counterpoint.kernel.decisions import read_table
from counterpoint.kernel.packs import ClosureLevel, read_folder, read_pack
from counterpoint.kernel.processes import complete_step, is_finished, read_process, start, waiting_steps
from counterpoint.kernel.questions import Holds, check, match_keys

HERE = Path(__file__).parent
PACK = read_pack(read_folder(HERE.parents[1] / "packs" / "england"))
TRIAGE = read_table(PACK.decisions["triage"])
PROCESS = read_process(PACK.processes["case"])
TOLD_ON = date(2026, 1, 15)
WORKED_AT = datetime(2026, 1, 16, 9, 0, tzinfo=UTC)

STORIES = {path.stem: yaml.safe_load(path.read_text("utf-8")) for path in sorted(HERE.glob("*.yaml"))}
BY_ID = {story["id"]: story for story in STORIES.values()}
CASES = {name: story for name, story in STORIES.items() if "case" in story["at_the_desk"]}

KEYS = {"id", "title", "language", "question_set", "answers", "files", "at_the_desk", "reporter_reads"}
OWNERS = {"council", "education", "health", "police", "voluntary", "youth_service"}
ACTION_OUTCOMES = {"worked", "partly", "did_not", "not_taken_up"}
IMPACTS = {"better", "some_better", "same", "worse", "not_known"}
FILE_KINDS = {
    "photo_with_gps.jpg", "picture.webp", "screenshot.png", "letter.pdf",
    "notes.docx", "notes.odt", "sheet.xlsx", "slides.pptx", "message.txt",
}  # fmt: skip
SCRIPTS = {"ar": re.compile("[\u0600-\u06ff]"), "cy": re.compile(r"\b(y|yn|mae|ac|wedi|i)\b", re.IGNORECASE)}

every_story = pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
every_case = pytest.mark.parametrize("story", CASES.values(), ids=CASES)


def answers_of(story):
    """The answers as the portal would send them, files included."""
    media = {
        "jpg": "image/jpeg",
        "png": "image/png",
        "webp": "image/webp",
        "pdf": "application/pdf",
        "txt": "text/plain",
    }
    files = [
        {
            "file_id": f"{story['id']}-{number}",
            "name": name,
            "media_type": media.get(name.rpartition(".")[2], "application/octet-stream"),
            "size_bytes": 1000,
        }
        for number, name in enumerate(story["files"])
    ]
    return {**story["answers"], **({"files": {"value": files}} if files else {})}


def checked(story):
    return check(PACK.question_set(story["question_set"], story["language"]), answers_of(story), at=TOLD_ON)


def traits(story):
    """What the person may be recognised by: pairs of trait and value."""
    return set(match_keys(PACK.question_set(story["question_set"], "en"), checked(story)).items())


def verdict(story):
    facts = {"possible_repeat": False, **checked(story).facts, **story.get("system_facts", {})}
    return fire(TRIAGE, {column.name: facts.get(column.name) for column in TRIAGE.inputs}).fired


def closure_reason(story):
    level = ClosureLevel.CASE if "case" in story["at_the_desk"] else ClosureLevel.REFERRAL
    reasons = {reason.id: reason for reason in PACK.closure_reasons_on(TOLD_ON, level, story["language"])}
    return reasons[story["at_the_desk"]["closure_reason"]]


def told_by_the_team(story):
    """All that the team says to the reporter: questions, advice and what came of it."""
    desk = story["at_the_desk"]
    yield from (question["ask"] for question in desk.get("questions", []))
    outcome = story["reporter_reads"]["outcome"]
    if outcome == "answer":
        yield desk["answer"]
    elif outcome == "withheld":
        yield PACK.text("mailbox.outcome.withheld", story["language"])
    else:
        yield closure_reason(story).tell_reporter


def test_there_are_forty_and_eight_are_told_in_welsh_or_arabic():
    assert list(BY_ID) == [f"{number:02d}" for number in range(1, 41)]
    assert sorted(story["language"] for story in BY_ID.values() if story["language"] != "en") == ["ar"] * 4 + ["cy"] * 4


@pytest.mark.parametrize(("name", "story"), STORIES.items(), ids=STORIES)
def test_a_story_has_its_parts(name, story):
    assert name.startswith(f"{story['id']}-")
    assert set(story) - {"system_facts"} == KEYS
    assert set(story["files"]) <= FILE_KINDS
    assert story["reporter_reads"]["status"] in ("closed", "advice_given")


@every_story
def test_the_answers_are_good_and_none_is_lost(story):
    result = checked(story)
    assert result.problems == ()
    assert not result.dropped
    assert set(result.answers) == set(answers_of(story))


@every_story
def test_it_is_told_in_its_language(story):
    pattern = SCRIPTS.get(story["language"])
    told = [answer["value"] for key, answer in story["answers"].items() if key in ("worry", "description", "question")]
    assert pattern is None or all(pattern.search(text) for text in told)
    assert pattern is None or all(pattern.search(q["ask"] + q["reply"]) for q in story["at_the_desk"]["questions"])


@every_story
def test_the_table_gives_the_expected_route(story):
    expected = story["at_the_desk"]["expected"]
    first = verdict(story)[0]
    assert (first.rule_id, first.outputs["route"], first.outputs["urgency"]) == (
        expected["rule"],
        expected["route"],
        expected["urgency"],
    )


def test_every_rule_of_the_table_is_the_first_of_some_story():
    first = {story["at_the_desk"]["expected"]["rule"] for story in BY_ID.values()}
    assert first == {rule.rule_id for rule in TRIAGE.rules}


@every_story
def test_the_decision_leads_where_the_story_goes(story):
    desk, route = story["at_the_desk"], story["at_the_desk"]["decision"]["route"]
    assert desk["decision"]["reason"]
    assert ("case" in desk) == (route == "case")
    assert ("handed_over" in desk) == (route == "emergency")
    assert ("answer" in desk) == (route == "advice")
    assert ("online" in desk) == (route == "content")
    assert ("then" in desk) == (route in ("emergency", "content"))


@every_story
def test_a_repeat_is_about_the_same_person_and_has_a_second_reader(story):
    earlier = story["at_the_desk"].get("repeat_of")
    assert (earlier is not None) == bool(story.get("system_facts", {}).get("possible_repeat"))
    if earlier is not None:
        this, that = (traits(each) for each in (story, BY_ID[earlier]))
        assert len(this & that) >= 2
        assert story["at_the_desk"]["second_reader"]


@every_case
def test_the_steps_are_a_way_through_the_process(story):
    state = start(PROCESS, {}, at=WORKED_AT)
    for step in story["at_the_desk"]["case"]["steps"]:
        assert step["step"] in [waiting.id for waiting in waiting_steps(PROCESS, state)]
        state = complete_step(PROCESS, state, step["step"], step.get("values", {}), at=WORKED_AT)
    assert is_finished(PROCESS, state)


@every_case
def test_each_action_ends_in_an_outcome_and_each_outcome_says_what_changed(story):
    for action in story["at_the_desk"]["case"]["actions"]:
        assert action["owner"] in OWNERS
        assert action["outcome"] in ACTION_OUTCOMES
        assert action["why"]
    recorded = [step for step in story["at_the_desk"]["case"]["steps"] if step["step"] == "record_outcome"]
    assert recorded
    assert all(step["impact"] in IMPACTS and step["note"] for step in recorded)


def test_the_stories_show_every_kind_of_outcome():
    actions = [action for story in CASES.values() for action in story["at_the_desk"]["case"]["actions"]]
    assert {action["outcome"] for action in actions} == ACTION_OUTCOMES
    assert {action["owner"] for action in actions} == OWNERS
    assert {name for story in STORIES.values() for name in story["files"]} == FILE_KINDS


@every_story
def test_the_closure_reason_has_all_that_it_needs(story):
    assert set(closure_reason(story).needs) == set(story["at_the_desk"].get("recorded_with", {}))


@every_story
def test_the_reporter_reads_what_may_be_told(story):
    desk, reads = story["at_the_desk"], story["reporter_reads"]
    assert reads["outcome"] in (desk["closure_reason"], "withheld", "answer")
    assert (reads["outcome"] == "withheld") == ("withheld_because" in desk)
    assert (reads["outcome"] == "answer") == (reads["status"] == "advice_given")
    told = list(told_by_the_team(story))
    assert all(told)
    assert not [word for word in reads.get("never", []) for text in told if word in text]


@every_story
def test_a_named_person_is_never_named_to_the_reporter(story):
    questions = PACK.question_set(story["question_set"], "en")
    named = [
        answer["value"]
        for key, answer in story["answers"].items()
        if key.startswith("person_")
        and questions.question(key).holds is Holds.PERSON
        and isinstance(answer.get("value"), str)
    ]
    assert not [name for name in named for text in told_by_the_team(story) if name in text]


@every_story
def test_nothing_in_it_reaches_a_real_address_or_telephone(story):
    text = str(story)
    hosts = re.findall(r"(?:https?://|hxxps://|@)([^/\s'#]+)", text)
    assert all(re.search(r"\bexample\[?\.\]?(com|org)$", host) for host in hosts)
    assert all(
        number.startswith("07700 900") for number in re.findall(r"\b0\d{4} ?\d{3} ?\d{3}\b|\b0\d{4} \d{6}\b", text)
    )
