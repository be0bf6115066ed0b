"""Which of several relations counts: held against a plainer way to say it."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from counterpoint.access.relations import NONE, Relation, Standing, granted, strongest
from counterpoint.access.types import Section

NOW = datetime(2026, 3, 1, tzinfo=UTC)
grants = st.builds(
    lambda sections, days: granted(sections, until=NOW + timedelta(days=days)),
    st.sets(st.sampled_from(Section)),
    st.integers(1, 300),
)
others = st.sampled_from([Relation(standing) for standing in Standing if standing is not Standing.GRANTED])
several = st.lists(st.one_of(grants, others), max_size=6)


@given(several, st.randoms())
def test_the_order_in_which_folders_speak_does_not_matter(relations, random):
    shuffled = list(relations)
    random.shuffle(shuffled)
    assert strongest(relations) == strongest(shuffled)


@given(several)
def test_a_recusal_beats_all_and_nothing_beats_something(relations):
    found = strongest(relations)
    standings = {relation.standing for relation in relations}
    if Standing.RECUSED in standings:
        assert not found.is_known
        assert not any(found.opens(section) for section in Section)
    elif standings <= {Standing.NONE}:
        assert found == NONE
    else:
        assert found.is_known


@given(several)
def test_grants_add_up_and_give_nothing_that_none_of_them_gives(relations):
    found = strongest(relations)
    if found.standing is Standing.GRANTED:
        given_here = [relation for relation in relations if relation.standing is Standing.GRANTED]
        for section in Section:
            assert found.opens(section) == any(relation.opens(section) for relation in given_here)
        assert found.until == max(relation.until for relation in given_here)


@given(several)
def test_who_works_on_it_may_read_all_of_it(relations):
    found = strongest(relations)
    if found.works:
        assert all(found.opens(section) for section in Section)
