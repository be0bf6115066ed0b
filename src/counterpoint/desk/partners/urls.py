"""Routes of working with other agencies."""

from django.urls import path

from counterpoint.desk.partners import agreements, sharing, urgent

_CASE = "cases/<uuid:case_id>/"
_AGREEMENT = "agreements/<uuid:agreement_id>/"

urlpatterns = [
    path(_CASE + "people/share/", sharing.choose, name="case_share"),
    path(_CASE + "people/share/urgently/", sharing.share_urgently, name="case_share_urgently"),
    path(_CASE + "people/share/<uuid:agreement_id>/", sharing.share, name="case_share_by"),
    path(_CASE + "people/shared/<uuid:grant_id>/end/", sharing.end_sharing, name="case_sharing_end"),
    path("agreements/", agreements.agreement_list, name="agreements"),
    path("agreements/new/", agreements.propose, name="agreement_new"),
    path(_AGREEMENT, agreements.agreement, name="agreement"),
    path(_AGREEMENT + "approve/", agreements.approve, name="agreement_approve"),
    path(_AGREEMENT + "end/", agreements.end, name="agreement_end"),
    path("urgent-sharing/", urgent.shares, name="urgent_shares"),
    path("urgent-sharing/<uuid:grant_id>/", urgent.review, name="urgent_share_review"),
]
