"""What may be read of cases, the viewer first. Lists open nothing; each part of a case is opened for what the reader
may see of it, and the read is audited with its purpose."""

from counterpoint.cases.selectors.contents import concern_for, reporter_for
from counterpoint.cases.selectors.ending import ending_for
from counterpoint.cases.selectors.heading import case_row, heading_for
from counterpoint.cases.selectors.listing import case_of_referral, cases_visible_to, waiting_cases
from counterpoint.cases.selectors.overview import action_for, case_for
from counterpoint.cases.selectors.people import notes_for, people_for

__all__ = [
    "action_for",
    "case_for",
    "case_of_referral",
    "case_row",
    "cases_visible_to",
    "concern_for",
    "ending_for",
    "heading_for",
    "notes_for",
    "people_for",
    "reporter_for",
    "waiting_cases",
]
