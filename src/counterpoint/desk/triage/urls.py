"""Routes of triage."""

from django.urls import path

from counterpoint.desk.triage import advice, call_backs, deciding, inbox, recusals, referral

_REFERRAL = "referrals/<uuid:referral_id>/"
_ADVICE = "advice/<uuid:advice_id>/"
_CALL_BACK = "call-backs/<uuid:arrival_id>/"

urlpatterns = [
    path("inbox/", inbox.inbox, name="inbox"),
    path("online-material/", inbox.content, name="content"),
    path("call-backs/", call_backs.listed, name="call_backs"),
    path(_CALL_BACK, call_backs.page, name="call_back"),
    path(_CALL_BACK + "inbox/", call_backs.put_in, name="call_back_put_in"),
    path(_CALL_BACK + "set-aside/", call_backs.set_aside, name="call_back_set_aside"),
    path(_CALL_BACK + "take-up/", call_backs.take_up, name="call_back_take_up"),
    path("search/", inbox.search, name="search"),
    path(_REFERRAL, referral.page, name="referral"),
    path(_REFERRAL + "take/", referral.take, name="referral_take"),
    path(_REFERRAL + "give/", referral.assign, name="referral_assign"),
    path(_REFERRAL + "ask/", referral.ask, name="referral_ask"),
    path(_REFERRAL + "readers/", referral.readers, name="referral_readers"),
    path(_REFERRAL + "files/<uuid:file_id>/", referral.working_copy, name="referral_file"),
    path(_REFERRAL + "files/<uuid:file_id>/original/", referral.original, name="referral_original"),
    path(_REFERRAL + "repeats/<uuid:repeat_id>/", referral.repeat, name="referral_repeat"),
    path(_REFERRAL + "decide/", deciding.choose_route, name="referral_decide"),
    path(_REFERRAL + "decide/<slug:route>/", deciding.decide, name="referral_decide_route"),
    path(_REFERRAL + "handover/", deciding.hand_over, name="referral_handover"),
    path(_REFERRAL + "second-reader/", deciding.second_reading, name="referral_second_reading"),
    path(_REFERRAL + "second-reader/ask/", deciding.ask_reader, name="referral_ask_reader"),
    path(_REFERRAL + "conflict-of-interest/", recusals.recuse, name="referral_recuse"),
    path(_REFERRAL + "recusals/", recusals.listed, name="referral_recusals"),
    path(_REFERRAL + "recusals/<uuid:recusal_id>/lift/", recusals.lift, name="recusal_lift"),
    path("advice/", advice.listed, name="advice"),
    path("advice/new/", advice.new, name="advice_new"),
    path(_ADVICE, advice.page, name="advice_contact"),
    path(_ADVICE + "handover/", advice.hand_over, name="advice_handover"),
    path(_ADVICE + "referral/", advice.refer, name="advice_refer"),
]
