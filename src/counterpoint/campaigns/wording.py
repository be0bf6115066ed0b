"""What the pages say of runs and findings, in words first."""

from collections.abc import Mapping
from typing import Any

from counterpoint.campaigns.types import Detector, Failure

# Each failure: what happened, and what to do.
FAILURES: Mapping[Failure, tuple[str, str]] = {
    Failure.UNREADABLE: (
        "The file could not be read as posts.",
        "Put right what is said below, take the file in again, and run it anew.",
    ),
    Failure.BAD_OPTION: (
        "What was asked for cannot be done with these posts.",
        "Change what is said below and run again.",
    ),
    Failure.TOO_BIG: (
        "The run needed more memory than it may use.",
        "Cut the posts into shorter spans of time, or ask the operator to raise COUNTERPOINT_RUN_MEMORY_MB.",
    ),
    Failure.TOO_LONG: (
        "The run took longer than it may.",
        "Look for fewer things at once, cut the posts, or ask the operator to raise COUNTERPOINT_RUN_SECONDS.",
    ),
    Failure.NOT_INSTALLED: (
        "A package that the detection needs is not installed.",
        "Ask the operator to install requirements/analysis.txt. It is named below.",
    ),
    Failure.DELETED: ("The posts were deleted.", "Take the posts in anew if they are still needed."),
    Failure.NO_ROOM: ("There is no room on the disk for the run.", "Ask the operator for room, then run again."),
    Failure.FELL_OVER: (
        "The detection stopped for a reason that it did not tell.",
        "Run it again. If it stops again, tell the operator: the worker's log says which kind of fault it was.",
    ),
}

_SEEN: Mapping[tuple[str, str], str] = {
    (Detector.VALIDATED, "co-sharing"): (
        "{accounts} accounts shared the same {objects} things {value:,.0f} times between them. Chance, with how active "
        "they are, how popular the things are and who their neighbours are, would explain about {expected:,.0f}."
    ),
    (Detector.AUTOMATION, "spacing"): (
        "An account's posts came {gap_seconds} seconds apart, to the second, {value:,.0f} times. About {expected:,.1f} "
        "would be expected."
    ),
    (Detector.AUTOMATION, "clock"): (
        "An account posted at the very same point of the clock {value:,.0f} times. About {expected:,.1f} "
        "would be expected."
    ),
    (Detector.AUTOMATION, "instant"): (
        "An account passed posts on within seconds of their publication {value:,.0f} times. About {expected:,.1f} "
        "would be expected."
    ),
    (Detector.AUTOMATION, "same client"): (
        "{accounts} accounts put out the same texts, {value:,.0f} posts in all, by an app that hardly anybody "
        "else uses."
    ),
    (Detector.HASHTAGS, "push"): (
        "Under one hashtag, {value:,.0f} posts by {accounts} accounts repeat the wording of another account. About "
        "{expected:,.0f} would be expected under a tag of this size."
    ),
    (Detector.DISPLACEMENT, "reappearance"): (
        "After an act, {value:,.0f} things of the affected accounts came back elsewhere, taken up by {accounts} "
        "accounts. About {expected:,.0f} would be expected of things as rare."
    ),
}  # fmt: skip

_DETAILS = {
    "surplus_nats": "Surplus over chance, in nats",
    "participation": "Evenness of taking part, from 0 to 1",
    "objects": "Things shared",
    "accounts": "Accounts",
    "in_the_same_words": "Share in the same words",
    "gap_seconds": "Gap, seconds",
    "period_seconds": "Period, seconds",
    "p": "Chance of as much, after correction",
    "texts": "Different texts",
    "users_of_client": "Accounts that use the app",
    "posts": "Posts",
    "reposts": "Posts passed on",
    "act": "Act",
    "things_before": "Things before the act",
    "share_back": "Share that came back",
    "median_hours_after": "Hours until half came back",
    "coverage": "Share of the things",
    "repeated_posts": "Posts that repeat",
    "taken_up": "Things taken up",
    "expected": "Expected",
}


def what_was_seen(detector: str, kind: str, content: Mapping[str, Any]) -> str:
    """One sentence or two, in plain words; for a kind that is not known here, the statistic itself."""
    words = _SEEN.get((detector, kind))
    given = {
        **content["details"],
        "accounts": content["accounts"],
        "value": content["value"],
        "expected": content["expected"],
    }
    if words is not None:
        try:
            return words.format(**given)
        except (KeyError, ValueError):  # the detection tells other details than these words were made for
            pass
    return (
        f"{content['accounts']:,} accounts: {content['statistic']}, {content['value']:,.4g}. "
        f"About {content['expected']:,.3g} would be expected."
    )


def detail_name(name: str) -> str:
    """What a detail of the detection is called on the page."""
    return _DETAILS.get(name, name.replace("_", " ").capitalize())


def reason_in_words(reason: str) -> str:
    """Why rows were set aside."""
    return reason.replace("_", " ").capitalize()
