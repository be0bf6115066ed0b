"""Routes of casework."""

from django.urls import path

from counterpoint.desk.cases import actions, ending, listing, moving, notes, page, people, running

_CASE = "cases/<uuid:case_id>/"
_ACTION = _CASE + "actions/<uuid:action_id>/"

urlpatterns = [
    path("cases/", listing.cases, name="cases"),
    path(_CASE, page.overview, name="case"),
    path(_CASE + "steps/<str:step_id>/", page.step, name="case_step"),
    path(_CASE + "concern/", page.concern, name="case_concern"),
    path(_CASE + "concern/reporter/", page.reporter, name="case_reporter"),
    path(_CASE + "concern/category/", page.category, name="case_category"),
    path(_CASE + "concern/join/", page.join, name="case_join"),
    path(_CASE + "files/<uuid:file_id>/", page.working_copy, name="case_file"),
    path(_CASE + "actions/new/", actions.add, name="case_action_add"),
    path(_ACTION, actions.change, name="case_action_change"),
    path(_ACTION + "finish/", actions.finish, name="case_action_finish"),
    path(_ACTION + "drop/", actions.drop, name="case_action_drop"),
    path(_CASE + "clocks/<uuid:clock_id>/hold/", running.pause, name="case_clock_pause"),
    path(_CASE + "clocks/<uuid:clock_id>/go-on/", running.resume, name="case_clock_resume"),
    path(_CASE + "clocks/<uuid:clock_id>/longer/", running.extend, name="case_clock_extend"),
    path(_CASE + "news/<str:message_id>/", running.news, name="case_news"),
    path(_CASE + "process/", running.other_process, name="case_process"),
    path(_CASE + "notes/", notes.notes, name="case_notes"),
    path(_CASE + "notes/new/", notes.add, name="case_note_add"),
    path(_CASE + "notes/write/", notes.write, name="case_write"),
    path(_CASE + "people/", people.people, name="case_people"),
    path(_CASE + "people/add/", people.add_member, name="case_member_add"),
    path(_CASE + "people/hand-over/", people.hand_over, name="case_hand_over"),
    path(_CASE + "people/<uuid:staff_id>/remove/", people.remove_member, name="case_member_remove"),
    path(_CASE + "conflict-of-interest/", people.recuse, name="case_recuse"),
    path(_CASE + "outcome/", ending.ending, name="case_ending"),
    path(_CASE + "outcome/record/", ending.outcome, name="case_outcome"),
    path(_CASE + "outcome/tell/", ending.feedback, name="case_feedback"),
    path(_CASE + "outcome/told/", ending.keep_feedback, name="case_feedback_keep"),
    path(_CASE + "close/", ending.close, name="case_close"),
    path(_CASE + "version/", moving.move, name="case_version"),
    path(_CASE + "stages/", moving.reopen, name="case_stage_reopen"),
    path(_CASE + "reopen/", ending.reopen, name="case_reopen"),
]
