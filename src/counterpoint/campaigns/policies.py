"""Whether it may happen at all, whoever asks. Who may: `counterpoint.campaigns.permissions`."""

import re
from collections.abc import Collection, Mapping
from datetime import date, timedelta

from counterpoint.base.errors import NotPossible
from counterpoint.campaigns.models import Finding, Snapshot
from counterpoint.campaigns.types import (
    SUFFIXES,
    About,
    Detector,
    FindingState,
    Lack,
    NotAsAsked,
    Parameters,
)

LONGEST_KEPT = timedelta(days=180)
LARGEST_UPLOAD = 50_000_000
LONGEST_WINDOW_SECONDS = 86_400
MOST_ACTS = 20
MOST_ADDRESSES = 20
REASON_CHARACTERS = 20
LONGEST_REASON = 2000
FEWEST_PURPOSE_CHARACTERS = 10
_COLUMN = re.compile(r"[a-z_]{1,40}")


def check_about(about: About, *, today: date) -> None:
    """Raises NotAsAsked with all that is wrong."""
    lacks = []
    if not about.title.strip():
        lacks.append(Lack("title", "Give the snapshot a title. Name no person and no account."))
    if len(about.purpose.strip()) < FEWEST_PURPOSE_CHARACTERS:
        lacks.append(Lack("purpose", "Say what the posts are needed for, so that others will understand it."))
    if not about.source_note.strip():
        lacks.append(Lack("source_note", "Say where the posts come from and how they were collected."))
    if about.delete_on <= today:
        lacks.append(Lack("delete_on", "The last day must lie in the future."))
    elif about.delete_on > today + LONGEST_KEPT:
        lacks.append(Lack("delete_on", f"Posts are kept for at most {LONGEST_KEPT.days} days. Choose an earlier day."))
    wrong = [name for name in (*about.mapping, *about.mapping.values()) if not name.strip()]
    unknown = [name for name in about.mapping if not _COLUMN.fullmatch(name)]
    if wrong or unknown:
        lacks.append(Lack("mapping", "Write each other name on a line of its own, our name first: post_id = id"))
    if lacks:
        raise NotAsAsked(lacks)


def check_name(name: str, *, field: str) -> str:
    """The ending that says how the file is to be read. Raises NotAsAsked."""
    found = next((suffix for suffix in SUFFIXES if name.lower().endswith(suffix)), None)
    if found is None:
        listed = ", ".join(SUFFIXES)
        raise NotAsAsked([Lack(field, f"The file's name must end in {listed}. Unpack what is packed first.")])
    return found


def check_is_there(snapshot: Snapshot) -> None:
    """Raises NotPossible when the posts were deleted."""
    if snapshot.deleted_at is not None:
        raise NotPossible("The posts of this snapshot were deleted. Take the posts in anew if they are still needed.")


def check_parameters(parameters: Parameters) -> None:
    """Raises NotAsAsked with all that is wrong."""
    lacks = []
    if not parameters.detectors:
        lacks.append(Lack("detectors", "Choose at least one thing to look for."))
    if not 1 <= parameters.window_seconds <= LONGEST_WINDOW_SECONDS:
        lacks.append(Lack("window_seconds", f"The window is from 1 to {LONGEST_WINDOW_SECONDS:,} seconds, a day."))
    if not 1 <= parameters.min_participation <= 1000:  # noqa: PLR2004 - more than anybody posts in a window
        lacks.append(Lack("min_participation", "The fewest posts are from 1 to 1,000."))
    if Detector.DISPLACEMENT in parameters.detectors and not parameters.acts:
        lacks.append(Lack("acts", "Displacement needs the day and the platform of at least one act."))
    if len(parameters.acts) > MOST_ACTS:
        lacks.append(Lack("acts", f"Follow at most {MOST_ACTS} acts in one run."))
    if lacks:
        raise NotAsAsked(lacks)


def check_reason(reason: str, *, field: str = "reason") -> str:
    """The reason, trimmed. Raises NotAsAsked for one that nobody would understand later."""
    text = reason.strip()
    if not REASON_CHARACTERS <= len(text) <= LONGEST_REASON:
        told = f"Write from {REASON_CHARACTERS} to {LONGEST_REASON:,} characters that others will understand."
        raise NotAsAsked([Lack(field, told)])
    return text


def check_not_shredded(finding: Finding) -> None:
    """Raises NotPossible when the finding's content went with its snapshot."""
    if finding.shredded_at is not None:
        raise NotPossible("What this finding held was deleted with its snapshot.")


def check_confirmed(finding: Finding, *, what: str) -> None:
    """Raises NotPossible unless a person confirmed the finding."""
    check_not_shredded(finding)
    if finding.state != FindingState.CONFIRMED:
        raise NotPossible(f"{what} is for confirmed findings. Judge it first.")


def check_follows(finding: Finding, snapshot: Snapshot, *, acts: Collection[date]) -> None:
    """Raises NotPossible unless the finding was confirmed, an act is known, and the snapshot is another one."""
    check_confirmed(finding, what="Following what moved")
    check_is_there(snapshot)
    if not acts:
        raise NotPossible("Add what the platform did and when, first: what came back is counted from that day.")
    if finding.run.snapshot_id == snapshot.pk:
        raise NotPossible("Look in another snapshot than the one the finding comes from.")


def check_addresses(asked: Collection[str], *, held: Collection[str]) -> list[str]:
    """The addresses to be sent, each once. Raises NotAsAsked for none, too many, or one that the finding does not
    hold: nothing else passes."""
    wanted = list(dict.fromkeys(asked))
    if not wanted or len(wanted) > MOST_ADDRESSES:
        raise NotAsAsked([Lack("addresses", f"Choose from 1 to {MOST_ADDRESSES} addresses.")])
    if set(wanted) - set(held):
        raise NotAsAsked([Lack("addresses", "Choose from the addresses of this finding only.")])
    return wanted


def check_disclosure(*, recipient: str, purpose: str) -> None:
    """Raises NotAsAsked with all that is wrong."""
    lacks = []
    if len(recipient.strip()) < 3:  # noqa: PLR2004 - the shortest name of an organisation
        lacks.append(Lack("recipient", "Name the organisation that gets it."))
    if len(purpose.strip()) < FEWEST_PURPOSE_CHARACTERS:
        lacks.append(Lack("purpose", "Say what the recipient needs it for."))
    if lacks:
        raise NotAsAsked(lacks)


def mapping_of(lines: str) -> Mapping[str, str]:
    """Other names of columns from "ours = theirs", one a line. What is not of that form becomes an empty name, which
    `check_about` refuses."""
    pairs = [line.partition("=") for line in lines.splitlines() if line.strip()]
    return {ours.strip(): theirs.strip() for ours, _, theirs in pairs}
