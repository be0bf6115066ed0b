"""What can be done with panels and their meetings. Each is one transaction; whether it may happen:
`counterpoint.panels.policies`; who may: `counterpoint.panels.permissions`."""

from counterpoint.panels.services.agenda import leave_for_later, move_item, put_on_agenda, write_paper
from counterpoint.panels.services.deciding import add_item_action, decide, finish_preparing, step_aside
from counterpoint.panels.services.meetings import (
    cancel_meeting,
    change_meeting,
    hold_meeting,
    plan_meeting,
    record_attendance,
    send_papers,
)
from counterpoint.panels.services.minutes import approve_minutes, draft_minutes, edit_item_text, edit_summary
from counterpoint.panels.services.panels import end_seat, give_seat, set_up_panel
from counterpoint.panels.services.positions import record_positions, take_position

__all__ = [
    "add_item_action",
    "approve_minutes",
    "cancel_meeting",
    "change_meeting",
    "decide",
    "draft_minutes",
    "edit_item_text",
    "edit_summary",
    "end_seat",
    "finish_preparing",
    "give_seat",
    "hold_meeting",
    "leave_for_later",
    "move_item",
    "plan_meeting",
    "put_on_agenda",
    "record_attendance",
    "record_positions",
    "send_papers",
    "set_up_panel",
    "step_aside",
    "take_position",
    "write_paper",
]
