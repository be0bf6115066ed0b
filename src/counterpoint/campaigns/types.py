"""The words of campaigns: states, choices, and the values that pass between folders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import TextChoices

from counterpoint.base.errors import NotPossible

SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")  # nothing packed: what it unpacks to has no bound


class Origin(TextChoices):
    UPLOAD = "upload", "Uploaded"
    FOLDER = "folder", "From the snapshot folder"


class LegalBasis(TextChoices):
    PUBLIC_TASK = "public_task", "Public task"
    LAW_ENFORCEMENT = "law_enforcement", "Law enforcement purpose"
    LEGAL_OBLIGATION = "legal_obligation", "Legal obligation"
    LEGITIMATE_INTERESTS = "legitimate_interests", "Legitimate interests of the platform"
    RESEARCH = "research", "Research in the public interest"


class RunKind(TextChoices):
    DETECT = "detect", "Detection"
    TRACE = "trace", "Following what moved"


class RunState(TextChoices):
    QUEUED = "queued", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Finished"
    FAILED = "failed", "Stopped"


class Detector(TextChoices):
    """The values are those of the kernel's `Detector`."""

    PAIRS = "pairs", "Posts close in time"
    VALIDATED = "validated", "Sharing beyond chance"
    AUTOMATION = "automation", "Automation"
    HASHTAGS = "hashtags", "Pushed hashtags"
    DISPLACEMENT = "displacement", "Displacement"


class FindingState(TextChoices):
    OPEN = "open", "To be judged"
    CONFIRMED = "confirmed", "Confirmed"
    DISMISSED = "dismissed", "Dismissed"
    WATCH = "watch", "Watched"


KEPT_STATES = (FindingState.CONFIRMED, FindingState.WATCH)  # what outlives its snapshot, without texts
JUDGEMENTS = (FindingState.CONFIRMED, FindingState.DISMISSED, FindingState.WATCH)


class ExportFormat(TextChoices):
    STIX = "stix", "STIX 2.1"
    MISP = "misp", "MISP event"


class Tlp(TextChoices):
    """Traffic Light Protocol. What may go to nobody (red) is not exported."""

    CLEAR = "clear", "TLP:CLEAR, anybody"
    GREEN = "green", "TLP:GREEN, their community"
    AMBER = "amber", "TLP:AMBER, their organisation and those it serves"


class Failure(TextChoices):
    """Why a run stopped; each has its words and its remedy in `wording`."""

    UNREADABLE = "unreadable"
    BAD_OPTION = "bad_option"
    TOO_BIG = "too_big"
    TOO_LONG = "too_long"
    NOT_INSTALLED = "not_installed"
    DELETED = "deleted"
    NO_ROOM = "no_room"
    FELL_OVER = "fell_over"


class ThingKind(TextChoices):
    """What several accounts shared."""

    URL = "url", "Web address"
    HASHTAG = "hashtag", "Hashtag"
    MEDIA = "media", "File"
    TEXT = "text", "Wording"
    WORDING = "wording", "Wording in several versions"
    REPOST = "repost", "Post passed on"


@dataclass(frozen=True)
class Lack:
    """What is wrong with one field of a form."""

    field: str
    text: str


class NotAsAsked(NotPossible):
    """Something in the form is not as it must be; `lacks` says all of it, by field."""

    def __init__(self, lacks: Sequence[Lack]) -> None:
        super().__init__(" ".join(lack.text for lack in lacks))
        self.lacks = tuple(lacks)


@dataclass(frozen=True)
class PlatformAct:
    """What a platform did on a day, for displacement: everything on it before, and elsewhere after."""

    on: date
    platform: str
    name: str


@dataclass(frozen=True)
class Parameters:
    """How a run looks. window_seconds and min_participation belong to posts close in time."""

    detectors: tuple[Detector, ...] = (Detector.PAIRS, Detector.VALIDATED, Detector.AUTOMATION, Detector.HASHTAGS)
    window_seconds: int = 60
    min_participation: int = 2
    acts: tuple[PlatformAct, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """For the database and the child process; `parameters_of` reads it."""
        return {
            "detectors": [str(detector) for detector in self.detectors],
            "window_seconds": self.window_seconds,
            "min_participation": self.min_participation,
            "acts": [{"on": act.on.isoformat(), "platform": act.platform, "name": act.name} for act in self.acts],
        }


def parameters_of(given: Mapping[str, Any]) -> Parameters:
    """What `Parameters.as_json` wrote."""
    acts = [PlatformAct(date.fromisoformat(act["on"]), act["platform"], act["name"]) for act in given["acts"]]
    detectors = tuple(Detector(name) for name in given["detectors"])
    return Parameters(detectors, given["window_seconds"], given["min_participation"], tuple(acts))


@dataclass(frozen=True)
class About:
    """What must be said of a snapshot before it is taken in. mapping: our column name -> the file's."""

    title: str
    purpose: str
    legal_basis: LegalBasis
    source_note: str
    delete_on: date
    mapping: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Exported:
    """A file for one recipient. The disclosure was recorded when this value was made."""

    file_name: str
    media_type: str
    content: bytes
