"""Routes of the shell."""

from django.urls import path

from counterpoint.desk.shell import audit, home, login, staff, supervision

urlpatterns = [
    path("", home.home, name="home"),
    path("notices/", home.notices, name="notices"),
    path("notices/read/", home.notices_read, name="notices_read"),
    path("notices/<uuid:notice_id>/", home.open_notice, name="notice_open"),
    path("go/<str:reference>/", home.go, name="go"),
    path("invitation/<uuid:staff_id>/<str:token>/", login.accept_invitation, name="accept_invitation"),
    path("staff/", staff.people, name="staff"),
    path("staff/agencies/", staff.agencies, name="agencies"),
    path("staff/agencies/new/", staff.new_agency, name="agency_new"),
    path("staff/invite/", staff.invite, name="staff_invite"),
    path("staff/<uuid:staff_id>/", staff.person, name="staff_member"),
    path("staff/<uuid:staff_id>/role/", staff.give_role, name="staff_give_role"),
    path("staff/<uuid:staff_id>/role/end/", staff.end_role, name="staff_end_role"),
    path("staff/<uuid:staff_id>/link/", staff.new_link, name="staff_new_link"),
    path("staff/<uuid:staff_id>/second-factor/", staff.reset_second_factor, name="staff_reset_second_factor"),
    path("staff/<uuid:staff_id>/end/", staff.end_account, name="staff_end"),
    path("break-glass/", supervision.break_glass, name="break_glass"),
    path("supervision/", supervision.readings, name="supervision"),
    path("supervision/<uuid:row_id>/", supervision.review, name="supervision_review"),
    path("audit/", audit.entries, name="audit"),
    path("audit/ledger/", audit.ledger, name="audit_ledger"),
]
