"""What the pack's triage table would say about a form so far: to hand over in an emergency at once, and to tell the
person how soon it will be read. Nothing is decided here: `counterpoint.triage` decides, by people."""

from dataclasses import dataclass

from counterpoint.kernel.decisions import FactsDoNotFit, evaluate
from counterpoint.kernel.packs import SERVICE_FACTS, Pack
from counterpoint.kernel.questions import Checked
from counterpoint.rules.selectors import archived_table

_TABLE = "decisions/triage.dmn"
_EMERGENCY = "emergency"
_LEAST = "routine"


@dataclass(frozen=True)
class Foreseen:
    """urgency: one of the pack's words, for which there is a text `done.next.<urgency>`."""

    is_emergency: bool
    urgency: str


def foreseen(pack: Pack, checked: Checked) -> Foreseen:
    """What the first rule that fires says; the least urgent when none does."""
    facts = {name: value for name, value in checked.facts.items() if isinstance(value, str | bool | int | float)}
    facts.update(dict.fromkeys(SERVICE_FACTS, False))
    try:
        fired = evaluate(archived_table(pack.files[_TABLE]), facts).fired
    except FactsDoNotFit:
        return Foreseen(is_emergency=False, urgency=_LEAST)
    outputs = fired[0].outputs if fired else {}
    return Foreseen(
        is_emergency=str(outputs.get("route", "")) == _EMERGENCY, urgency=str(outputs.get("urgency", _LEAST))
    )
