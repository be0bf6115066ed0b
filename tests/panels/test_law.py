"""Panel law as the tables of the England pack say it: drawn tables, and whatever the votes."""

from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterpoint.base.errors import NotPossible
from counterpoint.kernel.decisions import read_table
from counterpoint.panels.law import Presence, Tables, proposal, quorum, tables_among, votes_of
from counterpoint.panels.types import ChairView, View

_DECISIONS = Path(__file__).parents[2] / "packs" / "england" / "decisions"
QUORUM = read_table((_DECISIONS / "panel_quorum.dmn").read_bytes())
DECISION = read_table((_DECISIONS / "panel_decision.dmn").read_bytes())
CONSENT = read_table((_DECISIONS / "consent_giver.dmn").read_bytes())
TABLES = tables_among([CONSENT, DECISION, QUORUM])
ALL_THERE = Presence(home_force=True, local_authority=True, chair=True)
A, D, X = View.AGREE, View.DISAGREE, View.ABSTAIN
FOR, AGAINST, NONE = ChairView.FOR, ChairView.AGAINST, ChairView.NONE

# what each agency says          chair    decided?  by
DRAWN = [
    ([A, A, A],                  NONE,    True,     "all"),
    ([A],                        NONE,    True,     "all"),
    ([A, A, A],                  AGAINST, True,     "all"),
    ([D, D],                     FOR,     False,    "all"),
    ([A, A, D],                  NONE,    True,     "majority"),
    ([A, A, D],                  AGAINST, True,     "majority"),
    ([A, A, X],                  NONE,    True,     "majority"),
    ([A, X, X],                  NONE,    True,     "majority"),
    ([A, D, D],                  FOR,     False,    "majority"),
    ([D, X],                     FOR,     False,    "majority"),
    ([A, D],                     FOR,     True,     "chair"),
    ([A, D],                     AGAINST, False,    "chair"),
    ([A, D],                     NONE,    False,    "nobody"),
    ([A, A, D, D, X],            FOR,     True,     "chair"),
    ([X, X],                     FOR,     False,    "nobody"),
    ([],                         FOR,     False,    "nobody"),
]  # fmt: skip


def test_tables_are_known_by_what_they_give():
    assert Tables(QUORUM, DECISION) == TABLES
    assert tables_among([CONSENT]) == Tables()


@pytest.mark.parametrize(("views", "chair", "carried", "by"), DRAWN)
def test_what_the_positions_come_to(views, chair, carried, by):
    found = proposal(TABLES, views, chair_view=chair, may_decide=quorum(TABLES, ALL_THERE))
    assert (found.is_carried, found.decided_by) == (carried, by)
    assert found.reasons
    assert found.table_hash == DECISION.table_hash


@pytest.mark.parametrize("there", list(product([True, False, None], repeat=3)))
def test_who_must_be_there(there):
    found = quorum(TABLES, Presence(*there))
    assert found.is_met == all(there)
    assert len(found.reasons) == max(1, sum(1 for one in there if not one))


@given(
    st.lists(st.sampled_from(View), max_size=12),
    st.sampled_from(ChairView),
    st.tuples(*[st.sampled_from([True, False, None])] * 3),
)
def test_the_law_whatever_is_said(views, chair, there):
    may_decide = quorum(TABLES, Presence(*there))
    found = proposal(TABLES, views, chair_view=chair, may_decide=may_decide)
    if not all(there):
        assert not found.is_carried, "never a decision without those who must be there"
        assert found.reasons == may_decide.reasons
        return
    for_it, against = views.count(A), views.count(D)
    if views and for_it == len(views):
        assert (found.is_carried, found.decided_by) == (True, "all")
    elif for_it > against:
        assert (found.is_carried, found.decided_by) == (True, "majority")
    elif against > for_it:
        assert not found.is_carried
    else:
        assert found.is_carried == (chair is FOR and for_it > 0), "the chair only where the votes are tied"


@given(st.lists(st.sampled_from(View), min_size=1, max_size=12), st.randoms())
def test_the_order_of_the_agencies_does_not_matter(views, random):
    mixed = list(views)
    random.shuffle(mixed)
    assert votes_of(mixed) == votes_of(views)


@given(st.lists(st.sampled_from(View), max_size=12))
def test_turned_round_the_votes_turn_round(views):
    turned = [{A: D, D: A, X: X}[view] for view in views]
    other = {"all_for": "all_against", "majority_for": "majority_against", "tied": "tied", None: None}
    found = votes_of(views)
    assert votes_of(turned) == {**other, **{b: a for a, b in other.items()}}[found]


def test_without_tables_all_must_agree():
    may_decide = quorum(Tables(), Presence(None, None, None))
    assert may_decide.is_met
    assert proposal(Tables(), [A, A], chair_view=NONE, may_decide=may_decide).is_carried
    for views in ([A, D], [A, X], [], [D]):
        assert not proposal(Tables(), views, chair_view=FOR, may_decide=may_decide).is_carried


def test_a_table_that_does_not_allow_for_our_facts_refuses_in_words():
    changed = (_DECISIONS / "panel_decision.dmn").read_text()
    narrow = changed.replace('"all_for","all_against","majority_for","majority_against","tied"', '"all_for"')
    narrow = "".join(_without_rules(narrow, "all_against", "majority_for", "majority_against", "chair_for",
                                    "chair_against"))  # fmt: skip
    table = read_table(narrow.encode())
    with pytest.raises(NotPossible, match="does not allow for the facts"):
        proposal(Tables(None, table), [A, D], chair_view=NONE, may_decide=quorum(Tables(), ALL_THERE))


def _without_rules(text, *ids):
    for rule in ids:
        start = text.index(f'<rule id="{rule}">')
        end = text.index("</rule>", start) + len("</rule>")
        text = text[:start] + text[end:]
    return text
