"""What may be read of panels and their meetings, the viewer first. What is about a case is there only for who may know
of that case now; every read of something sealed is audited."""

from counterpoint.panels.selectors.agenda import due_cases, item_row, meeting_for, panels_of_case
from counterpoint.panels.selectors.item import item_for
from counterpoint.panels.selectors.meetings import (
    agency_named,
    attendance_for,
    heading_of,
    may_set_up,
    meeting_row,
    meetings_of,
    next_meetings,
    panel_for,
    panel_row,
    panels_of,
    police_of,
    possible_chairs,
    possible_members,
    seat_row,
    staff_named,
)
from counterpoint.panels.selectors.minutes import minutes_for, minutes_item_for, minutes_row, summary_for
from counterpoint.panels.selectors.papers import papers_for

__all__ = [
    "agency_named",
    "attendance_for",
    "due_cases",
    "heading_of",
    "item_for",
    "item_row",
    "may_set_up",
    "meeting_for",
    "meeting_row",
    "meetings_of",
    "minutes_for",
    "minutes_item_for",
    "minutes_row",
    "next_meetings",
    "panel_for",
    "panel_row",
    "panels_of",
    "panels_of_case",
    "papers_for",
    "police_of",
    "possible_chairs",
    "possible_members",
    "seat_row",
    "staff_named",
    "summary_for",
]
