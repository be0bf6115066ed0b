"""Does a condition hold, given the answers that count so far?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from counterpoint.kernel.questions.types import AllOf, Answer, Answered, AnswerIn, AnyOf, Condition, Not


def holds(condition: Condition | None, given: Mapping[str, Answer]) -> bool:
    """given: the well-formed answers on earlier pages that are shown. No condition always holds; "I do not know"
    meets neither `in` nor `answered`."""
    match condition:
        case None:
            return True
        case Answered(question=question):
            return "value" in given.get(question, {})
        case AnswerIn(question=question, choices=choices):
            return not _chosen(given.get(question)).isdisjoint(choices)
        case AllOf(parts=parts):
            return all(holds(part, given) for part in parts)
        case AnyOf(parts=parts):
            return any(holds(part, given) for part in parts)
        case Not(part=part):
            return not holds(part, given)


def leaves(condition: Condition | None) -> Iterator[Answered | AnswerIn]:
    """Every place where a condition looks at a question."""
    match condition:
        case None:
            return
        case Answered() | AnswerIn():
            yield condition
        case AllOf(parts=parts) | AnyOf(parts=parts):
            for part in parts:
                yield from leaves(part)
        case Not(part=part):
            yield from leaves(part)


def _chosen(answer: Answer | None) -> frozenset[str]:
    value = answer.get("value") if answer else None
    if isinstance(value, str):
        return frozenset((value,))
    if isinstance(value, (list, tuple)):
        return frozenset(item for item in value if isinstance(item, str))
    return frozenset()
