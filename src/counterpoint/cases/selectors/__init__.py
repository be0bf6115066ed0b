"""What may be read of cases, the viewer first. Lists open nothing; each part of a case is opened for what the reader
may see of it, and the read is audited with its purpose."""

from counterpoint.cases.permissions import can_read_case
from counterpoint.cases.selectors.contents import concern_for, has_file, references_of, reporter_for
from counterpoint.cases.selectors.ending import ending_for, usual_words_for
from counterpoint.cases.selectors.heading import case_row, heading_for
from counterpoint.cases.selectors.listing import case_of_referral, cases_to_agree, cases_visible_to, waiting_cases
from counterpoint.cases.selectors.news import news_for, news_form_for
from counterpoint.cases.selectors.overview import action_for, case_for, waiting_step_for
from counterpoint.cases.selectors.people import members_of, notes_for, people_for, possible_owners
from counterpoint.cases.selectors.tasks import (
    board_for,
    clocks_of,
    may_take,
    pause_reasons_of,
    task_choices,
    tasks_for,
    waiting_tasks,
)

__all__ = [
    "action_for",
    "board_for",
    "can_read_case",
    "case_for",
    "case_of_referral",
    "case_row",
    "cases_to_agree",
    "cases_visible_to",
    "clocks_of",
    "concern_for",
    "ending_for",
    "has_file",
    "heading_for",
    "may_take",
    "members_of",
    "news_for",
    "news_form_for",
    "notes_for",
    "pause_reasons_of",
    "people_for",
    "possible_owners",
    "references_of",
    "reporter_for",
    "task_choices",
    "tasks_for",
    "usual_words_for",
    "waiting_cases",
    "waiting_step_for",
    "waiting_tasks",
]
