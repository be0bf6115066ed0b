"""Files that try to run code, read other files or exhaust the machine: each is refused with its reason."""

from pathlib import Path

import pytest
from tests.kernel.processes.drawing import drawn

from counterpoint.kernel.processes import ProcessProblems, read_process
from counterpoint.kernel.processes.source import MAX_BYTES

ATTACKS = Path(__file__).parent / "attacks"
REASONS = {
    "assignment": "`:= 5) == 5` is not understood",
    "bare_true": "`True` is not the name of a value",
    "boundary_event": "The element errorEventDefinition is refused",
    "business_rule_task": "It runs code or calls a machine",
    "call_activity": "It starts another process",
    "call_in_condition": "a comparison must follow open",
    "code_in_condition": '`.system("id") == 0` is not understood',
    "comprehension": "is not understood",
    "condition_with_child": "is not one plain text",
    "data_association": "The element dataInputAssociation is refused",
    "deep_brackets": "nested deeper than 20",
    "deep_nesting": "nested deeper than 40 levels",
    "deep_not": "nested deeper than 20",
    "deep_stages": "Stages are nested deeper than 5",
    "dunder_attributes": "is not understood",
    "dunder_field": "`__class__` is not the name of a value",
    "endless_circle": "a way leads back to it on which nobody does anything",
    "endless_condition": "longer than 1,000 characters",
    "endless_coordinates": "y is not a place on the page",
    "endless_digits": "is not understood",
    "entity_bomb": "declares a document type or entities",
    "event_sub_process": "is begun by an event of its own",
    "event_without_interrupting": "does not interrupt what it is attached to",
    "expression_language": "is not understood",
    "extension_in_process": "It may carry scripts for other programs",
    "extension_script": "It may carry scripts for other programs",
    "external_dtd": "declares a document type or entities",
    "external_entity": "declares a document type or entities",
    "flow_across_a_stage": "crosses the edge of a stage",
    "foreign_attribute": "The attribute expression belongs to another program",
    "foreign_element": "The element userTask act is refused",
    "format_text": "a comparison needs a text in quotes, a number",
    "import_other_file": "It reads another file",
    "lambda_condition": "is not understood",
    "lanes_in_a_stage": "The element laneSet inner is refused",
    "looping_stage": "Repeated tasks hold expressions",
    "looping_task": "Repeated tasks hold expressions",
    "message_with_item": "It may carry scripts for other programs",
    "message_with_operation": "The element operationRef of the event t is refused",
    "multi_instance": "Repeated tasks hold expressions",
    "powers_of_powers": "`**9**9**9` is not understood",
    "script_condition": "A condition names a language",
    "script_task": "It runs code or calls a machine",
    "send_task": "It runs code or calls a machine",
    "service_task": "It runs code or calls a machine",
    "shift_of_shifts": "`<<99999999` is not understood",
    "signal_event": "The element signalEventDefinition is refused",
    "sub_process": "The element scriptTask s is refused",
    "text_times_number": "`*999999999` is not understood",
    "timer_cycle": "The element timeCycle of the event t is refused",
    "timer_event": "Only timers and messages are supported, in the middle",
    "timer_expression": "It may hold an expression",
    "too_many_at_once": "Too many things can be under way at once",
    "two_processes": "The file has 2 processes",
    "two_triggers": "The event t has 2 triggers",
    "utf16_entities": "declares a document type or entities",
}


def test_every_attack_has_its_reason():
    assert {path.stem for path in ATTACKS.glob("*.bpmn")} == set(REASONS)


@pytest.mark.parametrize("name", sorted(REASONS))
def test_the_attack_is_refused_with_its_reason(name):
    with pytest.raises(ProcessProblems) as refused:
        read_process((ATTACKS / f"{name}.bpmn").read_bytes())
    assert any(REASONS[name] in problem.what for problem in refused.value.problems), refused.value
    assert all(problem.remedy for problem in refused.value.problems)


def test_a_file_of_too_many_bytes_is_refused_before_it_is_read():
    with pytest.raises(ProcessProblems, match="larger than"):
        read_process(b" " * (MAX_BYTES + 1))


def test_a_process_of_too_many_nodes_is_refused():
    with pytest.raises(ProcessProblems, match="more than 400 nodes"):
        read_process(drawn({f"n{number}": "step" for number in range(401)}, []))


def test_too_many_things_under_way_at_once_are_refused_and_not_played_for_ever():
    branches = [f"s{number}" for number in range(40)]
    nodes = {"begin": "start", "split": "all", **dict.fromkeys(branches, "step"), "join": "all", "done": "end"}
    flows = [("begin", "split"), *(("split", b) for b in branches), *((b, "join") for b in branches), ("join", "done")]
    with pytest.raises(ProcessProblems, match="Too many things can be under way at once"):
        read_process(drawn(nodes, flows))


@pytest.mark.parametrize("garbage", [b"", b"\x00", b"<a", b"<a/>", b"{}", b"<?xml version='1.0' encoding='nope'?><a/>"])
def test_what_is_not_a_process_is_refused(garbage):
    with pytest.raises(ProcessProblems):
        read_process(garbage)
