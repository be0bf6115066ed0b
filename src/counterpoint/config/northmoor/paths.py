"""Which of the cases run England's whole path, how far each has come on the day of loading, and when the panel meets.
Pure.

A case that was planned as one of support becomes one of the path instead, so that there are no more of them; its report
comes on the day that brings it to its place by then."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from counterpoint.config.northmoor.story import Story, StoryKind

_SATURDAY = 5
_ZONE = ZoneInfo("Europe/London")  # the panel meets at the same hour in summer and winter
_EVERY = timedelta(days=28)
_HELD = 10  # meetings before the day of loading
_TO_NEXT = timedelta(days=7)  # from that day, or a little less
_PAPERS_BEFORE = timedelta(days=8)
_ADULTS = (18, 45)


@dataclass(frozen=True, kw_only=True)
class Track:
    """How a case goes along the path. days: between its report and the day of loading. stop: the step that it is left
    at, the `visit`th time that it waits. panel, reviews: what the panel decides, each time that it is asked."""

    id: str
    days: int
    stop: str = ""
    visit: int = 1
    gateway: str = "information"
    panel: tuple[str, ...] = ()
    reviews: tuple[str, ...] = ()
    at_stop: tuple[str, ...] = ()  # what else is going on there
    dissents: bool = False
    ages: tuple[int, int] = (10, 19)  # from, to


TRACKS = (
    Track(id="reviewed", days=307, panel=("adopt",), reviews=("close",)),
    Track(id="review-due", days=279, panel=("adopt",), reviews=("close",), stop="review_six"),
    Track(id="closed-after-two", days=223, panel=("adopt",), reviews=("continue", "close")),
    Track(id="closed", days=195, panel=("adopt",), reviews=("close",), dissents=True),
    Track(
        id="long", days=167, panel=("adopt",), reviews=("continue", "continue"), stop="deliver_support", visit=3
    ),
    Track(id="not-adopted", days=139, panel=("not_adopt",)),
    Track(id="withdrawn", days=111, panel=("adopt",), stop="deliver_support", at_stop=("withdraw",), ages=_ADULTS),
    Track(id="to-review", days=83, panel=("adopt",), stop="review_support"),
    Track(id="police-led", days=60, gateway="police_led", stop="police_led_review", ages=_ADULTS),
    Track(id="adopted", days=55, panel=("adopt",), stop="deliver_support", dissents=True),
    Track(
        id="moved", days=55, panel=("adopt",), stop="seek_consent", at_stop=("ask", "hold", "transfer"), ages=(10, 15)
    ),
    Track(id="deferred", days=55, panel=("defer",), stop="hold_panel", visit=2),
    Track(id="to-panel", days=27, stop="hold_panel"),
    Track(id="assessing", days=16, stop="assess", at_stop=("draft",)),
    Track(id="late", days=16, stop="gateway_assessment", at_stop=("urgent",), ages=_ADULTS),
    Track(id="asking", days=12, stop="ask_partners", at_stop=("inform",)),
    Track(id="held", days=9, stop="gateway_assessment", at_stop=("hold",)),
    Track(id="checking", days=7, stop="deconfliction"),
)  # fmt: skip
TRACK_OF = {track.id: track for track in TRACKS}


@dataclass(frozen=True)
class Sitting:
    """When a meeting of the panel is planned, gets its papers, and begins."""

    planned_at: datetime
    papers_at: datetime
    begins_at: datetime


def put_on_paths(stories: Sequence[Story], *, ends_on: datetime) -> list[Story]:
    """The stories with one on each track: that which arrives nearest, moved to the track's own day."""
    told = {story.key: story for story in stories}
    repeated = {story.repeat_of for story in stories if story.repeat_of}
    fitting = [story for story in stories if _may_take_path(story) and story.key not in repeated]
    for track in TRACKS:
        wanted = ends_on - timedelta(days=track.days)
        of_age = [story for story in fitting if track.ages[0] <= (story.age or 0) <= track.ages[1]]
        chosen = min(of_age, key=lambda story: (abs(story.arrives_at - wanted), story.key))
        fitting.remove(chosen)
        told[chosen.key] = _on_track(chosen, track, wanted)
    return sorted(told.values(), key=lambda story: (story.arrives_at, story.key))


def track_of(story: Story) -> Track | None:
    """The track that the story's case is on."""
    return TRACK_OF.get(story.course.case.path) if story.course.case is not None else None


def sittings(ends_at: datetime) -> list[Sitting]:
    """The panel's meetings, every four weeks on the same weekday: those held, and the next one, within a week."""
    last = (ends_at + _TO_NEXT).astimezone(_ZONE)
    next_at = _on_weekday(last.replace(hour=10, minute=0, second=0, microsecond=0))
    begin = [next_at - number * _EVERY for number in range(_HELD, -1, -1)]
    told = [(_on_weekday(at - _EVERY + timedelta(days=4)), _papers_of(at), at) for at in begin]
    return [Sitting(*(at.astimezone(UTC) for at in each)) for each in told]


def _papers_of(begins_at: datetime) -> datetime:
    return _on_weekday(begins_at - _PAPERS_BEFORE).replace(hour=14)


def _on_weekday(at: datetime) -> datetime:
    """The same hour of that day, or of the Friday before a weekend."""
    return at - timedelta(days=max(0, at.weekday() - _SATURDAY + 1))


def _may_take_path(story: Story) -> bool:
    course = story.course
    return (
        story.kind is StoryKind.CONCERN
        and course.case is not None
        and course.case.is_adopted
        and not (story.is_emergency or story.repeat_of or course.stops_at)
    )


def _on_track(story: Story, track: Track, wanted: datetime) -> Story:
    case = story.course.case
    if case is None:
        return story
    on_path = replace(case, path=track.id, closure_reason="concerns_reduced", impact="better", reopened=False)
    if track.id == "not-adopted":
        on_path = replace(on_path, closure_reason="case_signposted", impact="same")
    course = replace(
        story.course, asks_reporter=False, reporter_answers=False, withheld=False, sent_back=False, case=on_path
    )
    at = wanted.replace(hour=9 + len(story.key) % 3, minute=story.arrives_at.minute)
    return replace(story, arrives_at=_on_weekday(at), course=course)
