"""Agencies, staff, roles, sharing, recusals, broken glass, notices: who may, what is kept, what is recorded."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from tests import cast

from counterpoint.access import policies, relations, selectors, services
from counterpoint.access.models import BreakGlass, Notice, Staff
from counterpoint.access.permissions import can_hold, check_reads, check_works_on
from counterpoint.access.relations import Found, Standing
from counterpoint.access.types import NoticeKind, Role, Section, SubjectKind
from counterpoint.audit.models import AuditEntry
from counterpoint.audit.types import system
from counterpoint.base import clock
from counterpoint.base.errors import Fault, NotAllowed, NotFound, NotPossible

pytestmark = pytest.mark.django_db
REASON = "A teacher says that the boy is in danger tonight"
REFERENCE = "CP-7K3M-9Q2D-4"
COMMAND = system("tests")


@pytest.fixture
def people():
    return cast.a_cast()


@pytest.fixture
def case(people, monkeypatch):
    """A case of the council that the case officer leads and supervisors see, without the cases folder."""
    case_id = uuid4()

    def finder(viewer, subject_id):
        if subject_id != case_id:
            return relations.NONE
        if viewer.pk == people[Role.CASE_OFFICER].pk:
            return relations.ASSIGNED
        if viewer.agency_id == people.council.pk and Role.SUPERVISOR in viewer.role_names:
            return relations.LEAD_AGENCY
        return selectors.granted_relation(viewer, subject_id)

    def lookup(wanted):
        return (
            Found(SubjectKind.CASE, case_id, REFERENCE, people.council.pk) if wanted in (case_id, REFERENCE) else None
        )

    monkeypatch.setitem(relations._finders, SubjectKind.CASE, [finder])
    monkeypatch.setitem(relations._lookups, SubjectKind.CASE, lookup)
    return case_id


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("number").values_list("action", flat=True))


def standing(staff, case_id):
    return relations.relation_to(cast.refreshed(staff), kind=SubjectKind.CASE, subject_id=case_id).standing


class TestStaff:
    def test_inviting_leaves_no_password_and_one_entry(self, people):
        invitation = services.invite_staff(
            email="Nia@Northmoor.example",
            name="Nia New",
            agency=people.council,
            roles=[Role.CASE_OFFICER, Role.TRIAGE_OFFICER],
            by=people[Role.ADMINISTRATOR],
        )
        staff = Staff.objects.get(pk=invitation.staff_id)
        assert staff.email == "nia@northmoor.example"
        assert not staff.has_usable_password()
        assert staff.role_names == {Role.CASE_OFFICER, Role.TRIAGE_OFFICER}
        assert actions() == ["staff.invited"]
        assert "nia" not in str(AuditEntry.objects.get().__dict__).lower()

    @pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
    def test_only_administrators_administer(self, people, role):
        by = people[role]
        target = people[Role.CASE_OFFICER]
        for act in (
            lambda: services.add_agency(name="X", kind="other", is_lead=False, by=by),
            lambda: services.invite_staff(email="a@b.example", name="A", agency=people.council, roles=[role], by=by),
            lambda: services.invite_again(target, by=by),
            lambda: services.give_role(target, role=Role.SUPERVISOR, by=by),
            lambda: services.end_role(target, role=Role.CASE_OFFICER, by=by),
            lambda: services.deactivate_staff(target, by=by),
            lambda: services.reset_second_factor(target, by=by),
        ):
            with pytest.raises(NotAllowed):
                act()
        assert actions() == []

    def test_all_problems_of_an_invitation_are_said_at_once(self, people):
        with pytest.raises(NotPossible) as refusal:
            services.invite_staff(email="no address", name=" ", agency=people.police, roles=[], by=COMMAND)
        for words in ("e-mail address", "name", "at least one role"):
            assert words in str(refusal.value)

    def test_an_address_is_used_once(self, people):
        taken = people[Role.AUDITOR].email.upper()
        with pytest.raises(NotPossible, match="already"):
            services.invite_staff(email=taken, name="A", agency=people.council, roles=[Role.AUDITOR], by=COMMAND)

    def test_nobody_gives_themselves_a_role_or_resets_their_own_factor(self, people):
        me = people[Role.ADMINISTRATOR]
        with pytest.raises(NotAllowed):
            services.give_role(me, role=Role.SUPERVISOR, by=me)
        with pytest.raises(NotAllowed):
            services.reset_second_factor(me, by=me)

    def test_the_last_administrator_stays(self, people):
        me = people[Role.ADMINISTRATOR]
        for act in (
            services.deactivate_staff,
            lambda staff, by: services.end_role(staff, role=Role.ADMINISTRATOR, by=by),
        ):
            with pytest.raises(NotPossible, match="last administrator"):
                act(me, by=COMMAND)
        second = cast.a_person("Ada Minn", people.council, [Role.ADMINISTRATOR])
        services.end_role(me, role=Role.ADMINISTRATOR, by=second)
        assert cast.refreshed(me).role_names == frozenset()

    def test_a_role_ends_and_can_be_given_again(self, people):
        officer, admin = people[Role.CASE_OFFICER], people[Role.ADMINISTRATOR]
        services.end_role(officer, role=Role.CASE_OFFICER, by=admin)
        assert not can_hold(cast.refreshed(officer), Role.CASE_OFFICER)
        services.give_role(officer, role=Role.CASE_OFFICER, by=admin)
        assert can_hold(cast.refreshed(officer), Role.CASE_OFFICER)
        assert officer.roles.count() == 2
        assert actions() == ["staff.role_ended", "staff.role_given"]

    def test_an_ended_account_holds_nothing(self, people):
        officer = people[Role.CASE_OFFICER]
        cast.a_second_factor(officer)
        services.deactivate_staff(officer, by=people[Role.ADMINISTRATOR])
        after = cast.refreshed(officer)
        assert not after.is_active
        assert not after.has_usable_password()
        assert not cast.has_second_factor(after)
        assert not can_hold(after, *Role)

    @pytest.mark.parametrize("role", list(Role))
    @pytest.mark.parametrize("is_lead", [True, False])
    def test_which_roles_fit_which_agency(self, people, role, is_lead):
        agency = people.council if is_lead else people.health
        of_partners = {Role.PARTNER, Role.INTERVENTION_PROVIDER}
        fits = role not in of_partners if is_lead else role in {*of_partners, Role.PANEL_MEMBER}
        assert policies.can_hold_role(role, agency=agency, held=()) is fits

    @pytest.mark.parametrize("other", [role for role in Role if role is not Role.AUDITOR])
    def test_an_auditor_holds_nothing_else(self, people, other):
        assert not policies.can_hold_role(Role.AUDITOR, agency=people.council, held=[other])
        assert not policies.can_hold_role(other, agency=people.council, held=[Role.AUDITOR])


class TestSharing:
    def share(self, people, case_id, **changes):
        given = {
            "agency": people.police,
            "sections": [Section.ACTIONS, Section.CONCERN],
            "purpose": "joint safety plan",
            "legal_basis": "public task",
            "until": clock.now() + timedelta(days=30),
            "by": people[Role.CASE_OFFICER],
        }
        return services.grant_sharing(case_id, **(given | changes))

    def test_partners_see_what_was_granted_until_it_ends(self, people, case):
        partner = people[Role.PARTNER]
        with pytest.raises(NotFound):
            check_reads(partner, kind=SubjectKind.CASE, subject_id=case)
        self.share(people, case)
        relation = check_reads(partner, kind=SubjectKind.CASE, subject_id=case, section=Section.CONCERN)
        assert relation.sections == {Section.CONCERN, Section.ACTIONS}
        with pytest.raises(NotAllowed):
            check_reads(partner, kind=SubjectKind.CASE, subject_id=case, section=Section.PERSON)
        with pytest.raises(NotAllowed):
            check_works_on(partner, kind=SubjectKind.CASE, subject_id=case)
        assert standing(people.health_partner, case) is Standing.NONE
        with clock.moved_to(clock.now() + timedelta(days=31)):
            assert standing(partner, case) is Standing.NONE

    def test_grants_add_up_and_each_ends_alone(self, people, case):
        first = self.share(people, case)
        self.share(people, case, sections=[Section.PERSON])
        partner = people[Role.PARTNER]
        relation = relations.relation_to(partner, kind=SubjectKind.CASE, subject_id=case)
        assert relation.sections == {Section.CONCERN, Section.ACTIONS, Section.PERSON}
        services.revoke_sharing(first.id, because="plan is done", by=people[Role.SUPERVISOR])
        relation = relations.relation_to(partner, kind=SubjectKind.CASE, subject_id=case)
        assert relation.sections == {Section.PERSON}
        with pytest.raises(NotPossible):
            services.revoke_sharing(first.id, because="again", by=people[Role.SUPERVISOR])
        assert actions() == ["case.shared", "case.shared", "case.sharing_ended"]

    def test_a_double_click_shares_once(self, people, case):
        until = clock.now() + timedelta(days=30)
        first = self.share(people, case, until=until)
        assert self.share(people, case, until=until) == first
        assert actions() == ["case.shared"]
        services.revoke_sharing(first.id, because="a mistake", by=people[Role.SUPERVISOR])
        assert self.share(people, case, until=until) != first

    @pytest.mark.parametrize(
        "changes",
        [
            {"sections": []},
            {"until": clock.now() - timedelta(days=1)},
            {"until": clock.now() + timedelta(days=400)},
            {"purpose": " "},
            {"legal_basis": ""},
        ],
    )
    def test_a_grant_needs_an_end_a_purpose_and_a_basis(self, people, case, changes):
        with pytest.raises(NotPossible):
            self.share(people, case, **changes)
        assert actions() == []

    def test_a_lead_agency_is_not_shared_with(self, people, case):
        with pytest.raises(NotPossible):
            self.share(people, case, agency=people.council)

    def test_who_may_share(self, people, case):
        for role in Role:
            by = people[role]
            if role in (Role.CASE_OFFICER, Role.SUPERVISOR):
                self.share(people, case, by=by)
                continue
            with pytest.raises((NotAllowed, NotFound)):
                self.share(people, case, by=by)
        with pytest.raises(NotFound):
            self.share(people, case, by=people.other_case_officer)

    def test_partners_are_told_and_the_list_says_who_knows(self, people, case):
        self.share(people, case)
        assert [row.staff_id for row in Notice.objects.all()] == [people[Role.PARTNER].pk]
        (row,) = selectors.grants_of_case(people[Role.CASE_OFFICER], case)
        assert (row.agency, row.is_active, row.purpose) == ("Northmoor Police", True, "joint safety plan")
        assert [grant.case_id for grant in selectors.grants_to(people[Role.PARTNER])] == [case]
        assert selectors.grants_to(people.health_partner) == []


class TestRecusal:
    def test_it_beats_every_relation(self, people, case):
        supervisor = people[Role.SUPERVISOR]
        services.record_recusal(supervisor, kind=SubjectKind.CASE, subject_id=case, reason="kin", by=supervisor)
        assert standing(supervisor, case) is Standing.RECUSED
        with pytest.raises(NotFound):
            check_reads(supervisor, kind=SubjectKind.CASE, subject_id=case)
        with pytest.raises(NotFound):
            services.break_glass(case, kind=SubjectKind.CASE, reason=REASON, by=supervisor)
        told = set(Notice.objects.values_list("staff__name", flat=True))
        assert told == {people.other_supervisor.name}

    def test_notices_of_it_are_taken_away_and_none_come(self, people, case):
        officer, partner = people[Role.CASE_OFFICER], people[Role.PARTNER]
        colleague = cast.a_person("Paz Partner", people.police, [Role.PARTNER])
        grant = {
            "agency": people.police,
            "sections": [Section.CONCERN],
            "legal_basis": "public task",
            "until": clock.now() + timedelta(days=30),
            "by": officer,
        }
        services.grant_sharing(case, purpose="joint safety plan", **grant)
        with transaction.atomic():
            services.tell_staff([partner], kind=NoticeKind.OTHER, text="The town hall is closed.")
        services.record_recusal(partner, kind=SubjectKind.CASE, subject_id=case, reason="kin", by=partner)
        services.grant_sharing(case, purpose="To do its part", **grant)
        assert [notice.text for notice in Notice.objects.filter(staff=partner)] == ["The town hall is closed."]
        assert Notice.objects.filter(staff=colleague, text__contains=REFERENCE).count() == 2

    def test_recused_twice_is_said(self, people, case):
        officer, supervisor = people[Role.CASE_OFFICER], people[Role.SUPERVISOR]
        services.record_recusal(officer, kind=SubjectKind.CASE, subject_id=case, reason="kin", by=supervisor)
        with pytest.raises(NotPossible):
            services.record_recusal(officer, kind=SubjectKind.CASE, subject_id=case, reason="kin", by=supervisor)

    def test_lifting_is_for_another_supervisor(self, people, case):
        supervisor, other = people[Role.SUPERVISOR], people.other_supervisor
        row = services.record_recusal(supervisor, kind=SubjectKind.CASE, subject_id=case, reason="kin", by=supervisor)
        with pytest.raises(NotFound):
            services.lift_recusal(row.id, reason="no kin after all, a mistake", by=supervisor)
        with pytest.raises(NotAllowed):
            services.lift_recusal(row.id, reason="no kin after all, a mistake", by=people[Role.CASE_OFFICER])
        services.lift_recusal(row.id, reason="no kin after all, a mistake", by=other)
        assert standing(supervisor, case) is Standing.LEAD_AGENCY
        assert actions() == ["case.recused", "case.recusal_lifted"]

    def test_who_knows_nothing_of_it_cannot_recuse(self, people, case):
        stranger = people.other_case_officer
        with pytest.raises(NotFound):
            services.record_recusal(stranger, kind=SubjectKind.CASE, subject_id=case, reason="kin", by=stranger)
        with pytest.raises(NotAllowed):
            services.record_recusal(
                people[Role.CASE_OFFICER], kind=SubjectKind.CASE, subject_id=case, reason="kin", by=stranger
            )


class TestBreakGlass:
    def test_it_opens_for_an_hour_and_tells_the_supervisors(self, people, case):
        stranger = people.other_case_officer
        services.break_glass(REFERENCE, kind=SubjectKind.CASE, reason=REASON, by=stranger)
        relation = check_reads(stranger, kind=SubjectKind.CASE, subject_id=case, section=Section.PERSON)
        assert relation.standing is Standing.BROKEN_GLASS
        with pytest.raises(NotAllowed):
            check_works_on(stranger, kind=SubjectKind.CASE, subject_id=case)
        told = set(Notice.objects.values_list("staff__name", flat=True))
        assert told == {people[Role.SUPERVISOR].name, people.other_supervisor.name}
        entry = AuditEntry.objects.get()
        assert (entry.action, entry.purpose, entry.subject_reference) == ("case.glass_broken", REASON, REFERENCE)
        with clock.moved_to(clock.now() + timedelta(minutes=61)), pytest.raises(NotFound):
            check_reads(stranger, kind=SubjectKind.CASE, subject_id=case)

    def test_a_double_click_breaks_it_once(self, people, case):
        stranger = people.other_case_officer
        rows = {services.break_glass(REFERENCE, kind=SubjectKind.CASE, reason=REASON, by=stranger).pk for _ in range(2)}
        assert len(rows) == 1
        assert Notice.objects.count() == 2  # one for each supervisor
        assert actions() == ["case.glass_broken"]
        with clock.moved_to(clock.now() + timedelta(hours=2)):
            assert services.break_glass(REFERENCE, kind=SubjectKind.CASE, reason=REASON, by=stranger).pk not in rows

    def test_recused_supervisors_are_not_told(self, people, case):
        supervisor = people[Role.SUPERVISOR]
        services.record_recusal(supervisor, kind=SubjectKind.CASE, subject_id=case, reason="kin", by=supervisor)
        Notice.objects.all().delete()
        services.break_glass(REFERENCE, kind=SubjectKind.CASE, reason=REASON, by=people.other_case_officer)
        assert [row.staff for row in Notice.objects.all()] == [people.other_supervisor]
        assert selectors.break_glass_reads(supervisor, reviewed=False) == []

    @pytest.mark.parametrize("reason", ["", "urgent", " " * 30, "x" * 19])
    def test_a_reason_is_needed(self, people, case, reason):
        with pytest.raises(NotPossible):
            services.break_glass(REFERENCE, kind=SubjectKind.CASE, reason=reason, by=people.other_case_officer)
        assert BreakGlass.objects.count() == 0

    @pytest.mark.parametrize("role", [Role.PARTNER, Role.AUDITOR, Role.ADMINISTRATOR, Role.CONTENT_REVIEWER])
    def test_who_may_not(self, people, case, role):
        with pytest.raises(NotAllowed):
            services.break_glass(REFERENCE, kind=SubjectKind.CASE, reason=REASON, by=people[role])

    def test_unknown_and_foreign_records_read_the_same(self, people, case, monkeypatch):
        def refusal(wanted):
            with pytest.raises(NotFound) as caught:
                services.break_glass(wanted, kind=SubjectKind.CASE, reason=REASON, by=people.other_case_officer)
            return str(caught.value)

        unknown = refusal("CP-0000-0000-0")
        foreign = Found(SubjectKind.CASE, case, REFERENCE, people.police.pk)
        monkeypatch.setitem(relations._lookups, SubjectKind.CASE, lambda _wanted: foreign)
        assert refusal(REFERENCE) == unknown

    def test_review_once_by_another_with_a_note(self, people, case):
        reader, supervisor = people.other_supervisor, people[Role.SUPERVISOR]
        row = services.break_glass(REFERENCE, kind=SubjectKind.CASE, reason=REASON, by=people.other_case_officer)
        with pytest.raises(NotPossible):
            services.review_break_glass(row.id, found_proper=True, note="ok", by=supervisor)
        services.review_break_glass(row.id, found_proper=False, note="there was time to ask the officer", by=supervisor)
        with pytest.raises(NotPossible):
            services.review_break_glass(row.id, found_proper=True, note="there was no time to ask", by=reader)
        assert Notice.objects.filter(staff=people.other_case_officer, kind=NoticeKind.GLASS_REVIEWED).count() == 1
        (view,) = selectors.break_glass_reads(supervisor, reviewed=True)
        assert (view.found_proper, view.reviewed_by) == (False, supervisor.name)

    def test_nobody_reviews_their_own(self, people, case, monkeypatch):
        monkeypatch.setitem(relations._finders, SubjectKind.CASE, [])
        row = services.break_glass(REFERENCE, kind=SubjectKind.CASE, reason=REASON, by=people[Role.SUPERVISOR])
        with pytest.raises(NotFound):
            services.review_break_glass(row.id, found_proper=True, note=REASON, by=people[Role.SUPERVISOR])
        assert selectors.break_glass_reads(people[Role.SUPERVISOR], reviewed=False) == []


class TestNotices:
    def test_only_inside_a_transaction(self, people, monkeypatch):
        from counterpoint.access.services import notices

        monkeypatch.setattr(notices, "connection", type("Outside", (), {"in_atomic_block": False}))
        with pytest.raises(Fault):
            services.tell_staff([people[Role.AUDITOR]], kind=NoticeKind.OTHER, text="x")

    def test_reading_marks_once_and_only_ones_own(self, people):
        with transaction.atomic():
            services.tell_staff(people.everybody, kind=NoticeKind.OTHER, text="x")
        me, other = people[Role.CASE_OFFICER], people[Role.AUDITOR]
        (mine,) = selectors.notices_of(me)
        assert selectors.unread_notices(me) == 1
        with pytest.raises(NotFound):
            services.mark_notice_read(mine.id, by=other)
        services.mark_notice_read(mine.id, by=me)
        services.mark_notice_read(mine.id, by=me)
        assert selectors.unread_notices(me) == 0
        assert actions() == ["notice.read"]

    def test_the_unread_come_first(self, people):
        me = people[Role.CASE_OFFICER]
        for minute in range(4):
            with clock.moved_to(clock.now() + timedelta(minutes=minute)), transaction.atomic():
                services.tell_staff([me], kind=NoticeKind.OTHER, text=str(minute))
        services.mark_notice_read(Notice.objects.get(text="3").id, by=me)
        assert [row.text for row in selectors.notices_of(me)] == ["2", "1", "0", "3"]
