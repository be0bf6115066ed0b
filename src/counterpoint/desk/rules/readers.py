"""What a draft's second-reader table would have asked for, as tables of a page and as rows that may leave the desk."""

from collections.abc import Iterator, Mapping
from typing import Any

from counterpoint.triage.tallies import ReaderTally, protected, share_percent

_WITH_PEOPLE = (
    ("yes>yes", "Needed one, and one was asked"),
    ("yes>no", "Needed one, and nobody was asked"),
    ("no>yes", "Needed none, and one was asked all the same"),
    ("no>no", "Needed none, and nobody was asked"),
)
_SAID = (
    ("agreed", "The second reader agreed"),
    ("sent_back", "The second reader sent it back"),
    ("open", "Nobody has read it yet"),
)


def readers_shown(tally: ReaderTally) -> dict[str, Any]:
    """A tally as tables."""
    names = sorted(tally.rules_before.keys() | tally.rules_after.keys())
    rules = [(name, tally.rules_before[name], tally.rules_after[name]) for name in names]
    return {
        "tally": tally,
        "changed_percent": share_percent(tally.changed, tally.compared),
        "more": tally.asked["no>yes"],
        "fewer": tally.asked["yes>no"],
        "with_people": [
            (words, tally.before_and_people[name], tally.after_and_people[name]) for name, words in _WITH_PEOPLE
        ],
        "said": [(words, tally.dropped[name]) for name, words in _SAID],
        "dropped": tally.dropped.total(),
        "rules": sorted(rules, key=lambda row: (-abs(row[2] - row[1]), row[0])),
    }


def reader_rows_to_share(tally: ReaderTally) -> Iterator[list[str]]:
    """Counts as they may leave the desk: small ones are not told."""
    yield ["compared", "", "", protected(tally.compared)]
    yield ["changed", "", "", protected(tally.changed)]
    yield from _pairs("second reader needed", tally.asked)
    for what, counted in (
        ("needed by the table in force, was there one", tally.before_and_people),
        ("needed by the draft, was there one", tally.after_and_people),
    ):
        yield from _pairs(what, counted)
    for name, words in _SAID:
        yield ["not asked for by the draft", words, "", protected(tally.dropped[name])]


def _pairs(what: str, counted: Mapping[str, int]) -> Iterator[list[str]]:
    for name, count in sorted(counted.items()):
        yield [what, *name.split(">"), protected(count)]
