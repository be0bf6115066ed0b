"""Routes of panel meetings."""

from django.urls import path

from counterpoint.desk.panels import agenda, deciding, meetings, minutes, panels

_PANEL = "panels/<uuid:panel_id>/"
_MEETING = "panels/meetings/<uuid:meeting_id>/"
_ITEM = _MEETING + "items/<uuid:item_id>/"
_MINUTES = _MEETING + "minutes/<int:number>/"

urlpatterns = [
    path("panels/", panels.overview, name="panels"),
    path("panels/new/", panels.new, name="panel_new"),
    path(_PANEL, panels.panel, name="panel"),
    path(_PANEL + "seats/new/", panels.give_seat, name="panel_seat_give"),
    path(_PANEL + "seats/<uuid:seat_id>/end/", panels.end_seat, name="panel_seat_end"),
    path(_PANEL + "meetings/new/", meetings.plan, name="panel_meeting_new"),
    path(_MEETING, meetings.meeting, name="panel_meeting"),
    path(_MEETING + "change/", meetings.change, name="panel_meeting_change"),
    path(_MEETING + "send-papers/", meetings.send_papers, name="panel_papers_send"),
    path(_MEETING + "held/", meetings.held, name="panel_meeting_held"),
    path(_MEETING + "cancel/", meetings.cancel, name="panel_meeting_cancel"),
    path(_MEETING + "attendance/", meetings.attendance, name="panel_attendance"),
    path(_MEETING + "papers/", meetings.papers, name="panel_papers"),
    path(_MEETING + "agenda/<uuid:case_id>/put/", agenda.put, name="panel_agenda_put"),
    path(_MEETING + "agenda/<uuid:case_id>/leave/", agenda.leave, name="panel_agenda_leave"),
    path(_ITEM, agenda.item, name="panel_item"),
    path(_ITEM + "move/", agenda.move, name="panel_item_move"),
    path(_ITEM + "paper/", agenda.paper, name="panel_item_paper"),
    path(_ITEM + "prepare/", deciding.prepare, name="panel_item_prepare"),
    path(_ITEM + "conflict-of-interest/", deciding.recuse, name="panel_item_recuse"),
    path(_ITEM + "positions/", deciding.positions, name="panel_item_positions"),
    path(_ITEM + "position/", deciding.position, name="panel_item_position"),
    path(_ITEM + "decide/", deciding.decide, name="panel_item_decide"),
    path(_ITEM + "action/", deciding.action, name="panel_item_action"),
    path(_MEETING + "minutes/draft/", minutes.draft, name="panel_minutes_draft"),
    path(_MINUTES, minutes.minutes, name="panel_minutes"),
    path(_MINUTES + "print/", minutes.as_document, name="panel_minutes_print"),
    path(_MINUTES + "save/", minutes.save_copy, name="panel_minutes_save"),
    path(_MINUTES + "summary/", minutes.summary, name="panel_minutes_summary"),
    path(_MINUTES + "items/<uuid:item_id>/", minutes.item_text, name="panel_minutes_item"),
    path(_MINUTES + "approve/", minutes.approve, name="panel_minutes_approve"),
    path("cases/<uuid:case_id>/panels/", agenda.of_case, name="case_panels"),
]
