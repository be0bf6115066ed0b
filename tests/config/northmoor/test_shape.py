"""The plan of Northmoor against the published national figures: the bounds stand beside them in
examples/northmoor/README.md."""

from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from counterpoint.config.northmoor.paths import TRACKS, sittings, track_of
from counterpoint.config.northmoor.plan import a_slice, plan_town
from counterpoint.config.northmoor.story import StoryKind
from counterpoint.config.northmoor.town import FOLDER, read_town
from counterpoint.kernel.packs import read_folder, read_pack
from counterpoint.kernel.questions import check

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def town():
    return read_town()


@pytest.fixture(scope="module")
def plan(town):
    return plan_town(town)


@pytest.fixture(scope="module")
def concerns(plan):
    return [story for story in plan if story.kind is StoryKind.CONCERN and story.before_now is None]


def share(stories, holds):
    return 100 * sum(map(bool, map(holds, stories))) / len(stories)


def adopted(story):
    return story.course.case is not None and story.course.case.is_adopted


def test_the_town_is_as_large_as_it_says(town, plan, concerns):
    assert len(town.wards) == len({ward.name for ward in town.wards}) == 24
    assert len(town.agencies) == 7
    assert len(town.staff) == len({one.name for one in town.staff}) == 25
    roles = {role for one in town.staff for role in one.roles}
    assert len(roles) == 13
    assert len(concerns) == 1290
    months = sorted({f"{story.arrives_at:%Y-%m}" for story in plan})
    assert (months[0], months[-1], len(months)) == ("2024-10", "2026-09", 24)
    assert len({story.key for story in plan}) == len(plan)


# published: year ending March 2025 unless the README says otherwise
@pytest.mark.parametrize(
    ("published", "within", "holds"),
    [
        (36, 3, lambda s: s.sector == "education"),
        (30, 3, lambda s: s.sector == "police"),
        (10, 2, lambda s: s.sector == "local_authority"),
        (2, 1, lambda s: s.sector == "friends_family"),
        (4, 2, lambda s: s.age <= 10),
        (36, 3, lambda s: 11 <= s.age <= 15),
        (13, 3, lambda s: 16 <= s.age <= 17),
        (21, 2, lambda s: s.course.category == "extreme_right_wing"),
        (10, 2, lambda s: s.course.category == "islamist"),
        (34, 3, lambda s: s.course.category == "no_ideology_identified"),
        (5, 2, lambda s: s.course.category == "extreme_violence"),
        (20, 3, lambda s: s.course.ending == "case"),
        (17, 3, adopted),
        (49, 5, lambda s: s.course.ending == "signposted"),
        (89, 2, lambda s: s.person["pronoun"] == "he"),
    ],
)
def test_a_share_lies_near_the_published_one(concerns, published, within, holds):
    assert share(concerns, holds) == pytest.approx(published, abs=within)


@pytest.mark.parametrize(("category", "published", "within"), [("islamist", 26, 6), ("extreme_right_wing", 34, 6)])
def test_some_concerns_are_adopted_more_often_than_others(concerns, category, published, within):
    of_it = [story for story in concerns if story.course.category == category]
    assert share(of_it, adopted) == pytest.approx(published, abs=within)
    none = [story for story in concerns if story.course.category.startswith("no_ideology")]
    assert share(none, adopted) == pytest.approx(7, abs=3)


def test_the_first_quarter_of_2025_is_the_highest_and_august_the_lowest(concerns):
    by_month = Counter(f"{story.arrives_at:%Y-%m}" for story in concerns)
    quarters = Counter()
    for month, number in by_month.items():
        year, of_year = (int(part) for part in month.split("-"))
        quarters[(year, (of_year - 1) // 3)] += number
    assert quarters.most_common(1)[0][0] == (2025, 0)
    year_to_march = sum(quarters[key] for key in [(2024, 3), (2025, 0)])
    assert quarters[(2025, 0)] > 0.6 * year_to_march
    assert min(by_month, key=by_month.__getitem__).endswith("-08")


def test_few_are_repeats_and_each_follows_a_named_person(concerns):
    by_key = {story.key: story for story in concerns}
    again = [story for story in concerns if story.repeat_of]
    assert 4 < 100 * len(again) / len(concerns) < 8
    for story in again:
        earlier = by_key[story.repeat_of]
        assert earlier.arrives_at < story.arrives_at
        assert earlier.person["surname"] == story.person["surname"]


def test_no_two_people_share_a_name_unless_they_are_the_same(concerns):
    names = Counter((s.person["forename"], s.person["surname"]) for s in concerns if not s.repeat_of)
    assert max(names.values()) == 1


def test_one_case_is_on_each_track_and_was_planned_as_one_of_support(plan):
    on_path = {track_of(story): story for story in plan if track_of(story)}
    assert set(on_path) == set(TRACKS)
    assert sum(1 for story in plan if track_of(story)) == len(TRACKS) == 18
    for track, story in on_path.items():
        assert adopted(story)
        assert track.ages[0] <= story.age <= track.ages[1]
        days = (datetime(2026, 9, 30, 12, tzinfo=UTC) - story.arrives_at) / timedelta(days=1)
        assert days == pytest.approx(track.days, abs=2.5)


@pytest.mark.parametrize("day", range(7))
def test_the_next_meeting_is_within_a_week_with_its_papers_sent(day):
    now = datetime(2026, 11, 16, 6, 30, tzinfo=UTC) + timedelta(days=day)
    told = sittings(now)
    assert len(told) == 11
    assert all(at.weekday() < 5 for each in told for at in (each.planned_at, each.papers_at, each.begins_at))
    assert all(each.planned_at < each.papers_at < each.begins_at for each in told)
    assert told[-2].begins_at < told[-1].planned_at < told[-1].papers_at < now
    assert now + timedelta(days=4) < told[-1].begins_at < now + timedelta(days=8)


def test_every_form_is_good(plan):
    pack = read_pack(read_folder(ROOT / "packs" / "england"))
    for story in plan:
        if story.question_set:
            result = check(pack.question_sets[story.question_set], story.answers, at=story.arrives_at.date())
            assert (story.key, result.problems) == (story.key, ())
            assert set(result.answers) == set(story.answers)


def test_the_words_are_whole_and_not_all_alike(concerns):
    worries = [story.answers["worry"]["value"] for story in concerns]
    assert len(set(worries)) > 0.95 * len(worries)
    assert all("{" not in worry and "None" not in worry for worry in worries)
    assert all(len(worry.split()) > 8 for worry, story in zip(worries, concerns, strict=True) if story.language != "ar")


def test_it_never_says_what_nobody_asks():
    words = " ".join(path.read_text("utf-8").casefold() for path in FOLDER.rglob("*.yaml"))
    for never in ("muslim", "christian", "jewish", "hindu", "sikh", "mosque", "church", "ethnic", "lorem"):
        assert never not in words


def test_the_plan_is_the_same_each_time(town, plan):
    assert [asdict(story) for story in plan_town(town)] == [asdict(story) for story in plan]


def test_a_slice_has_every_kind_and_no_repeat_of_what_it_lacks(plan):
    some = a_slice(plan, 60)
    assert len(some) == pytest.approx(60, abs=4)
    assert {story.kind for story in some} == set(StoryKind)
    keys = {story.key for story in some}
    assert all(not story.repeat_of or story.repeat_of in keys for story in some)
