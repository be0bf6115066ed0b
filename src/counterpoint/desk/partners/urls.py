"""Routes of working with other agencies."""

from django.urls import path

from counterpoint.desk.partners import agreements, disclosures, information, requests, sharing, transfers, urgent

_CASE = "cases/<uuid:case_id>/"
_AGREEMENT = "agreements/<uuid:agreement_id>/"
_REQUEST = "requests/<uuid:request_id>/"
_TRANSFER = "transfers/<uuid:transfer_id>/"

urlpatterns = [
    path(_CASE + "people/share/", sharing.choose, name="case_share"),
    path(_CASE + "people/share/urgently/", sharing.share_urgently, name="case_share_urgently"),
    path(_CASE + "people/share/<uuid:agreement_id>/", sharing.share, name="case_share_by"),
    path(_CASE + "people/shared/<uuid:grant_id>/end/", sharing.end_sharing, name="case_sharing_end"),
    path(_CASE + "disclosures/", disclosures.of_case, name="case_disclosures"),
    path(_CASE + "information/", information.information, name="case_information"),
    path(_CASE + "information/ask/<uuid:agreement_id>/", information.ask, name="case_information_ask"),
    path(_CASE + "information/<uuid:request_id>/withdraw/", information.withdraw, name="case_information_withdraw"),
    path(_CASE + "transfers/", transfers.of_case, name="case_transfers"),
    path(_CASE + "transfers/new/", transfers.offer, name="case_transfer_offer"),
    path(_CASE + "transfers/<uuid:transfer_id>/revoke/", transfers.revoke, name="case_transfer_revoke"),
    path("agreements/", agreements.agreement_list, name="agreements"),
    path("agreements/new/", agreements.propose, name="agreement_new"),
    path(_AGREEMENT, agreements.agreement, name="agreement"),
    path(_AGREEMENT + "change/", agreements.change, name="agreement_change"),
    path(_AGREEMENT + "approve/", agreements.approve, name="agreement_approve"),
    path(_AGREEMENT + "end/", agreements.end, name="agreement_end"),
    path("urgent-sharing/", urgent.shares, name="urgent_shares"),
    path("urgent-sharing/<uuid:grant_id>/", urgent.review, name="urgent_share_review"),
    path("requests/", requests.request_list, name="information_requests"),
    path(_REQUEST, requests.one, name="information_request"),
    path(_REQUEST + "answer/", requests.answer, name="information_answer"),
    path(_REQUEST + "decline/", requests.decline, name="information_decline"),
    path("transfers/", transfers.transfer_list, name="transfers"),
    path(_TRANSFER, transfers.transfer, name="transfer"),
    path(_TRANSFER + "accept/", transfers.accept, name="transfer_accept"),
    path(_TRANSFER + "reject/", transfers.reject, name="transfer_reject"),
    path("disclosures/", disclosures.logged, name="disclosures"),
]
