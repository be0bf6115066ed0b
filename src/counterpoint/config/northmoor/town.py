"""Reads examples/northmoor. Pure: no Django, no clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from counterpoint.base.errors import Fault
from counterpoint.kernel.packs.source import read_yaml

FOLDER = Path(__file__).resolve().parents[4] / "examples" / "northmoor"

Weights = Mapping[str, float]
Words = Mapping[str, Any]  # sentences by theme, as their file nests them


@dataclass(frozen=True)
class Ward:
    name: str
    district: str


@dataclass(frozen=True)
class AgencyData:
    id: str
    name: str
    kind: str
    is_lead: bool


@dataclass(frozen=True)
class StaffData:
    name: str
    agency: str
    roles: tuple[str, ...]


@dataclass(frozen=True)
class Shape:
    """How many of what, and in which shares (per cent, or weights). See examples/northmoor/shape.yaml."""

    seed: str
    ends_on: date
    months: int
    concerns: int
    online: int
    advice_forms: int
    advice_calls: int
    month_weights: Weights
    sectors: Weights
    ages: Mapping[str, Weights]
    pronouns: Weights
    categories: Weights
    ticked: Mapping[str, Weights]
    cases: Weights
    assessed: Mapping[str, Weights]
    triaged: Weights
    repeats: float
    emergencies: float
    channels: Mapping[str, Weights]
    languages: Weights
    files: float
    questions_before_deciding: float
    answered: float


@dataclass(frozen=True)
class Town:
    """All that is known of Northmoor before anything happens there."""

    wards: tuple[Ward, ...]
    streets: tuple[str, ...]
    schools: Mapping[str, Sequence[str]]
    agencies: tuple[AgencyData, ...]
    staff: tuple[StaffData, ...]
    people: Words
    shape: Shape
    concerns: Words
    online: Words
    advice: Words
    casework: Words
    path: Words
    translated: Words


@lru_cache(maxsize=1)
def read_town(folder: Path = FOLDER) -> Town:
    """The town as its files tell it."""
    town = _read(folder / "town.yaml")
    return Town(
        wards=tuple(Ward(**ward) for ward in town["wards"]),
        streets=tuple(town["streets"]),
        schools=town["schools"],
        agencies=tuple(AgencyData(**{"is_lead": False, **agency}) for agency in town["agencies"]),
        staff=tuple(StaffData(one["name"], one["agency"], tuple(one["roles"])) for one in town["staff"]),
        people=_read(folder / "people.yaml"),
        shape=Shape(**_read(folder / "shape.yaml")),
        **{name: _read(folder / "words" / f"{name}.yaml") for name in _WORDS},
    )


_WORDS = ("concerns", "online", "advice", "casework", "path", "translated")


def _read(path: Path) -> Any:
    document, problems = read_yaml(path.name, path.read_bytes())
    if document is None or problems:
        raise Fault(f"{path} cannot be read: {problems[0].what}, line {problems[0].line}")
    return document.value
