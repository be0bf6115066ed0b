# ruff: noqa: PLR2004 - the numbers are ages and chances of a made-up town
"""Plans what becomes of a concern. The course is what happens; the words are drawn while it is acted out. Pure."""

from random import Random

from counterpoint.config.northmoor.story import Answers, CaseCourse, Course, drawn
from counterpoint.config.northmoor.town import Town

_IDEOLOGIES_OF_THEIR_OWN = ("extreme_right_wing", "islamist")
_CONSENTS = {"given": 62, "given_by_carer": 30, "refused": 8}
_CLOSURES = {
    "support": {"concerns_reduced": 55, "support_complete": 33, "consent_withdrawn": 8, "moved_area": 4},
    "refused": {"consent_refused": 100},
    "signpost": {"case_signposted": 100},
    "no_further_action": {"case_no_further_action": 100},
    "police_led": {"police_led": 100},
}
_IMPACTS = {
    "concerns_reduced": {"better": 70, "some_better": 30},
    "support_complete": {"better": 45, "some_better": 55},
    "moved_area": {"not_known": 100},
    "police_led": {"not_known": 100},
}
_FILES = {"photo.jpg": 55, "letter.pdf": 45}


def plan_course(town: Town, random: Random, category: str, answers: Answers, *, is_emergency: bool) -> Course:
    """What triage makes of it and, where it becomes a case, how that goes."""
    shape = town.shape
    becomes_case = is_emergency or random.random() * 100 < shape.cases[category]
    may_ask = answers["may_contact"]["value"] != "no"
    asks = may_ask and random.random() * 100 < shape.questions_before_deciding
    return Course(
        ending="case" if becomes_case else drawn(random, shape.triaged),
        category=category,
        asks_reporter=asks,
        reporter_answers=asks and random.random() * 100 < shape.answered,
        withheld=random.random() < 0.03,
        sent_back=random.random() < 0.12,
        case=_plan_case(town, random, category) if becomes_case else None,
    )


def plan_files(town: Town, random: Random) -> tuple[str, ...]:
    """The kinds of files that come along, mostly none."""
    if random.random() * 100 >= town.shape.files:
        return ()
    return (drawn(random, _FILES),)


def _plan_case(town: Town, random: Random, category: str) -> CaseCourse:
    assessed = drawn(random, town.shape.assessed[category if category in _IDEOLOGIES_OF_THEIR_OWN else "other"])
    consent = drawn(random, _CONSENTS) if assessed == "support" else ""
    ends_as = "refused" if consent == "refused" else assessed
    closure = drawn(random, _CLOSURES[ends_as])
    is_adopted = ends_as == "support"
    return CaseCourse(
        assessed=assessed,
        consent=consent,
        reviews=random.choice([1, 1, 2]) if is_adopted else 1,
        actions=random.choice([1, 2, 2, 3]) if is_adopted else random.choice([0, 1]),
        closure_reason=closure,
        impact=drawn(random, _IMPACTS.get(closure, {"same": 60, "some_better": 30, "not_known": 10})),
        asks_again=random.random() < 0.1,
        shared=is_adopted and random.random() < 0.6,
        reopened=random.random() < 0.04,
    )
