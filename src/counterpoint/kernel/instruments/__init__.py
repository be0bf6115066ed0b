"""Assessment instruments as data: what is looked at, in which words, and how it changed. Never a number for a person.

An instrument supports the judgement of those who know the person; it does not replace it. So there is no weight, no sum
and no order of persons here, and nothing in this library could make one: levels have names, not values.
"""

from .assessing import AssessmentProblem, ItemChange, Rating, changes_between, problems_of_assessment
from .types import Dimension, Instrument, InstrumentVersion, Item, Level

__all__ = [
    "AssessmentProblem",
    "Dimension",
    "Instrument",
    "InstrumentVersion",
    "Item",
    "ItemChange",
    "Level",
    "Rating",
    "changes_between",
    "problems_of_assessment",
]
