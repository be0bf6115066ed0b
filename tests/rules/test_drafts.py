"""A change of the rules from its first file to the day it is in force, and back."""

import random
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from tests.kernel.packs.test_archive import ATTACKS
from tests.rules.making import (
    CLOSURE,
    MANIFEST,
    TRIAGE,
    edited,
    england,
    new_version,
    repeats_to_advice,
    sooner_repeats,
)

from counterpoint.access.models import Notice
from counterpoint.access.types import Role
from counterpoint.audit.models import AuditEntry
from counterpoint.base import clock
from counterpoint.base.errors import Conflict, NotAllowed, NotFound, NotPossible
from counterpoint.kernel.packs import zip_of
from counterpoint.rules import selectors, services, views
from counterpoint.rules.models import PackVersion, RuleDraft, RulesFile
from counterpoint.rules.services import FilesRefused
from counterpoint.rules.types import DraftState

pytestmark = pytest.mark.django_db


def started(by):
    return services.start_draft(title="Repeats sooner", why="They were read too late", by=by)


def uploaded(draft, by, **files):
    given = {path.replace("__", "/").replace("_dmn", ".dmn"): content for path, content in files.items()}
    draft.refresh_from_db()
    return services.upload_files(draft.pk, files=given, by=by, expected_version=draft.version)


def changed(by, files=None):
    draft = started(by)
    return services.upload_files(draft.pk, files=files or {MANIFEST: new_version()}, by=by, expected_version=1)


def approved(draft, by):
    draft.refresh_from_db()
    return services.approve_draft(draft.pk, note="Read", by=by, expected_version=draft.version)


def live(draft, by):
    draft.refresh_from_db()
    return services.go_live(draft.pk, by=by, expected_version=draft.version)


class TestUpload:
    def test_a_draft_is_a_copy_of_the_pack_in_force_and_touches_nothing(self, lead):
        before = selectors.pack_in_force()
        draft = changed(lead, {TRIAGE: sooner_repeats()})
        assert draft.state == DraftState.CHECKED
        assert draft.files.keys() == before.files.keys()
        assert [path for path in draft.files if draft.files[path] != before.files[path]] == [TRIAGE]
        assert selectors.pack_in_force() is before
        assert bytes(RulesFile.objects.get(pk=draft.files[TRIAGE]).content) == sooner_repeats()

    def test_what_is_wrong_between_files_is_kept_with_the_draft_all_at_once(self, lead):
        no_output = edited(TRIAGE, 'name="reason"', 'name="because"')
        draft = changed(lead, {TRIAGE: no_output, CLOSURE: england()[CLOSURE] + b"more: 1\n"})
        assert draft.state == DraftState.DRAFT
        told = views.draft_for(lead, draft.pk).problems
        assert {problem.file for problem in told} == {TRIAGE, CLOSURE}
        assert all(problem.what and problem.remedy for problem in told)
        mended = uploaded(draft, lead, **{TRIAGE: sooner_repeats(), CLOSURE: england()[CLOSURE]})
        assert (mended.state, mended.problems) == (DraftState.CHECKED, [])

    @pytest.mark.parametrize("path", sorted(ATTACKS)[::9])  # all of them: tests/kernel/packs/test_archive.py
    def test_an_attack_is_refused_with_its_reason_and_stored_nowhere(self, lead, path):
        draft, content = started(lead), ATTACKS[path].read_bytes()
        files = RulesFile.objects.count()
        with pytest.raises(FilesRefused) as refused:
            services.upload_files(draft.pk, files={path: content}, by=lead, expected_version=1)
        assert any(problem.file == path for problem in refused.value.problems)
        draft.refresh_from_db()
        assert (draft.version, RulesFile.objects.count()) == (1, files)
        assert AuditEntry.objects.latest("number").action == "rule_draft.files_refused"

    def test_a_gap_in_a_table_is_refused_with_its_line_and_remedy(self, lead):
        draft = started(lead)
        text = england()[TRIAGE].decode()
        start = text.rindex("<rule ")
        broken = (text[:start] + text[text.index("</rule>", start) + len("</rule>") :]).encode()
        with pytest.raises(FilesRefused) as refused:
            services.upload_files(draft.pk, files={TRIAGE: broken}, by=lead, expected_version=1)
        gap = next(problem for problem in refused.value.problems if "No row fires when" in problem.what)
        assert gap.line > 0
        assert gap.remedy

    def test_a_whole_pack_as_zip_takes_the_place_of_every_file(self, lead):
        draft = started(lead)
        files = {**england(), MANIFEST: new_version(), "README.md": b"Ours\n"}
        services.upload_pack(draft.pk, archive=zip_of(files), by=lead, expected_version=1)
        view = views.draft_for(lead, draft.pk)
        assert view.state is DraftState.CHECKED
        assert view.changed_paths == ("README.md", MANIFEST)
        assert views.draft_file(lead, draft.pk, path="README.md") == b"Ours\n"

    def test_a_zip_that_is_none_is_refused(self, lead):
        draft = started(lead)
        with pytest.raises(FilesRefused) as refused:
            services.upload_pack(draft.pk, archive=b"PK", by=lead, expected_version=1)
        assert refused.value.problems[0].remedy

    def test_a_file_is_taken_out(self, lead):
        draft = changed(lead, {"README.md": b"Ours\n"})
        services.remove_file(draft.pk, path="README.md", by=lead, expected_version=2)
        assert "README.md" not in views.draft_for(lead, draft.pk).files
        with pytest.raises(NotFound):
            services.remove_file(draft.pk, path="README.md", by=lead, expected_version=3)

    def test_two_who_change_at_once_are_told(self, lead, other_lead):
        draft = changed(lead)
        with pytest.raises(Conflict):
            services.upload_files(draft.pk, files={"README.md": b"x"}, by=other_lead, expected_version=1)
        assert "README.md" not in views.draft_for(lead, draft.pk).files


class TestApproval:
    def test_whoever_made_or_changed_it_cannot_approve_it(self, lead, other_lead, supervisor):
        draft = changed(lead)
        services.upload_files(draft.pk, files={"README.md": b"x"}, by=other_lead, expected_version=2)
        for author in (lead, other_lead):
            with pytest.raises(NotPossible, match="has not changed this draft"):
                approved(draft, author)
        assert approved(draft, supervisor).state == DraftState.APPROVED

    def test_another_process_lead_can(self, lead, other_lead):
        assert approved(changed(lead), other_lead).approved_by == other_lead

    def test_the_database_holds_that_it_was_another(self, lead):
        draft = changed(lead)
        with pytest.raises(IntegrityError), transaction.atomic():
            RuleDraft.objects.filter(pk=draft.pk).update(state=DraftState.APPROVED, approved_by=lead)
        with pytest.raises(IntegrityError), transaction.atomic():
            RuleDraft.objects.filter(pk=draft.pk).update(state=DraftState.LIVE)

    def test_everything_that_is_lacking_is_told_at_once(self, lead, supervisor):
        draft = started(lead)
        with pytest.raises(NotPossible, match="changes nothing yet"):
            approved(draft, supervisor)
        uploaded(draft, lead, **{TRIAGE: sooner_repeats()})
        other = changed(lead)
        approved(other, supervisor)
        live(other, supervisor)
        with pytest.raises(NotPossible, match=r"bring the draft up to date.*a backtest of this very table"):
            approved(draft, supervisor)

    def test_a_change_of_the_table_needs_a_backtest_of_this_very_table(self, lead, supervisor):
        draft = changed(lead, {TRIAGE: sooner_repeats()})
        services.note_backtest(draft.pk, path=TRIAGE, table_hash=draft.files[TRIAGE])
        assert approved(draft, supervisor).state == DraftState.APPROVED
        uploaded(draft, lead, **{TRIAGE: repeats_to_advice()})
        draft.refresh_from_db()
        assert (draft.state, draft.approved_by, draft.approved_at) == (DraftState.CHECKED, None, None)
        with pytest.raises(NotPossible, match="backtest"):
            approved(draft, supervisor)

    def test_another_version_than_the_one_that_was_read_is_not_approved(self, lead, supervisor):
        draft = changed(lead)
        services.upload_files(draft.pk, files={"README.md": b"x"}, by=lead, expected_version=2)
        with pytest.raises(Conflict):
            services.approve_draft(draft.pk, note="", by=supervisor, expected_version=2)


class TestInForce:
    def test_from_draft_to_in_force_with_an_entry_each(self, lead, supervisor):
        draft = changed(lead)
        approved(draft, supervisor)
        version = live(draft, lead)
        assert selectors.pack_in_force().version == "2026.2"
        assert (version.by, version.why) == (lead, "They were read too late")
        about = AuditEntry.objects.filter(subject_id=draft.pk).order_by("number")
        assert [entry.action for entry in about] == [
            "rule_draft.started",
            "rule_draft.changed",
            "rule_draft.approved",
            "rule_draft.put_in_force",
        ]
        assert Notice.objects.filter(staff=supervisor, text__contains="is in force").exists()

    def test_what_is_not_approved_does_not_go_live(self, lead):
        draft = changed(lead)
        with pytest.raises(NotPossible, match="cannot become"):
            live(draft, lead)
        assert selectors.pack_in_force().version == "2026.1"

    def test_a_draft_approved_on_another_ground_does_not_undo_what_came_between(self, lead, supervisor):
        first, second = changed(lead), changed(lead, {"README.md": b"Ours\n"})
        for draft in (first, second):
            approved(draft, supervisor)
        live(first, lead)
        with pytest.raises(NotPossible, match="bring the draft up to date"):
            live(second, lead)
        second.refresh_from_db()
        services.bring_up_to_date(second.pk, by=lead, expected_version=second.version)
        view = views.draft_for(lead, second.pk)
        assert (view.state, view.base_is_in_force) == (DraftState.CHECKED, True)
        assert view.changed_paths == ("README.md",)
        approved(second, supervisor)
        live(second, lead)
        assert selectors.pack_in_force().version == "2026.2"
        first.refresh_from_db()
        assert first.state == DraftState.REPLACED

    def test_rolled_back_with_a_reason_to_the_pack_before(self, lead, supervisor):
        draft = changed(lead)
        approved(draft, supervisor)
        was = selectors.pack_in_force().content_hash
        now = live(draft, lead).content_hash
        with pytest.raises(NotPossible, match="Say why"):
            services.roll_back(why=" ", by=supervisor, expected_hash=now)
        with pytest.raises(Conflict):
            services.roll_back(why="Wrong", by=supervisor, expected_hash=was)
        services.roll_back(why="It sent too many away", by=supervisor, expected_hash=now)
        assert selectors.pack_in_force().content_hash == was
        draft.refresh_from_db()
        assert (draft.state, draft.ended_because) == (DraftState.ROLLED_BACK, "It sent too many away")
        assert PackVersion.objects.count() == 3
        history = views.pack_history(lead)
        assert [row.version for row in history] == ["2026.1", "2026.2", "2026.1"]
        assert [row.until is None for row in history] == [True, False, False]

    def test_there_is_no_pack_before_the_first(self, supervisor):
        with pytest.raises(NotPossible, match="no earlier pack"):
            services.roll_back(why="x", by=supervisor, expected_hash=selectors.pack_in_force().content_hash)

    def test_what_ended_stays_ended(self, lead, supervisor):
        draft = changed(lead)
        services.withdraw_draft(draft.pk, why="Not needed", by=supervisor, expected_version=2)
        for act in (
            lambda: services.upload_files(draft.pk, files={"README.md": b"x"}, by=lead, expected_version=3),
            lambda: services.approve_draft(draft.pk, note="", by=supervisor, expected_version=3),
            lambda: services.go_live(draft.pk, by=lead, expected_version=3),
            lambda: services.start_shadow(draft.pk, by=lead, expected_version=3),
            lambda: services.withdraw_draft(draft.pk, why="Again", by=lead, expected_version=3),
        ):
            with pytest.raises(NotPossible):
                act()


class TestShadow:
    def test_a_table_in_shadow_is_told_until_it_ends_or_changes(self, lead):
        draft = changed(lead, {TRIAGE: sooner_repeats()})
        assert selectors.tables_in_shadow() == ()
        services.start_shadow(draft.pk, by=lead, expected_version=2)
        (shadow,) = selectors.tables_in_shadow()
        assert (shadow.draft_id, shadow.table.table_hash) == (draft.pk, draft.files[TRIAGE])
        services.end_shadow(draft.pk, by=lead, expected_version=3)
        assert selectors.tables_in_shadow() == ()
        services.start_shadow(draft.pk, by=lead, expected_version=4)
        uploaded(draft, lead, **{"README.md": b"x"})
        assert selectors.tables_in_shadow() == ()

    def test_a_draft_that_leaves_the_table_as_it_is_has_nothing_to_compare(self, lead):
        draft = changed(lead)
        with pytest.raises(NotPossible, match="nothing to compare"):
            services.start_shadow(draft.pk, by=lead, expected_version=2)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PROCESS_LEAD])
def test_nobody_else_writes_drafts(cast, lead, role):
    draft = changed(lead)
    by = cast[role]
    for act in (
        lambda: services.start_draft(title="x", why="y", by=by),
        lambda: services.upload_files(draft.pk, files={}, by=by, expected_version=2),
        lambda: services.upload_pack(draft.pk, archive=b"", by=by, expected_version=2),
        lambda: services.remove_file(draft.pk, path="x", by=by, expected_version=2),
        lambda: services.bring_up_to_date(draft.pk, by=by, expected_version=2),
        lambda: services.start_shadow(draft.pk, by=by, expected_version=2),
        lambda: services.end_shadow(draft.pk, by=by, expected_version=2),
    ):
        with pytest.raises(NotAllowed):
            act()


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.PROCESS_LEAD, Role.SUPERVISOR)])
def test_nobody_else_answers_for_them_or_reads_them(cast, lead, role):
    draft = changed(lead)
    by, table_hash = cast[role], draft.files[TRIAGE]
    for act in (
        lambda: services.approve_draft(draft.pk, note="", by=by, expected_version=2),
        lambda: services.go_live(draft.pk, by=by, expected_version=2),
        lambda: services.withdraw_draft(draft.pk, why="x", by=by, expected_version=2),
        lambda: services.roll_back(why="x", by=by, expected_hash="x"),
        lambda: views.drafts(by),
        lambda: views.draft_for(by, draft.pk),
        lambda: views.difference_of(by, draft.pk),
        lambda: views.draft_file(by, draft.pk, path=TRIAGE),
        lambda: views.draft_archive(by, draft.pk),
        lambda: views.pack_history(by),
        lambda: views.archive_in_force(by),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert views.table_of(by, table_hash).rows, "what judged a record is open to all staff"


def test_a_table_that_was_never_in_force_is_for_those_who_answer_for_it(cast, lead):
    draft = changed(lead, {TRIAGE: sooner_repeats()})
    assert views.table_of(lead, draft.files[TRIAGE]).rows
    with pytest.raises(NotAllowed):
        views.table_of(cast[Role.TRIAGE_OFFICER], draft.files[TRIAGE])
    with pytest.raises(NotFound):
        views.table_of(lead, "0" * 64)
    with pytest.raises(NotFound):
        views.table_of(lead, draft.files[MANIFEST])


def test_a_process_lead_of_a_partner_changes_nothing(cast):
    from tests.cast import a_person

    partner = a_person("Pam Lead", cast.police, [Role.PROCESS_LEAD])
    with pytest.raises(NotAllowed, match="agency that runs triage"):
        services.start_draft(title="x", why="y", by=partner)


def test_the_difference_is_told_in_words(lead):
    draft = changed(lead, {TRIAGE: sooner_repeats()})
    (file,) = views.difference_of(lead, draft.pk)
    assert [(change.place, change.before, change.after) for change in file.changes] == [
        ("Row 5 (repeat), Urgency", "same_day", "five_days")
    ]


@pytest.mark.parametrize("seed", range(2))
def test_at_random_the_laws_hold(lead, other_lead, supervisor, seed):
    """Anybody does anything in any order. The pack in force changes by going live and rolling back alone; what is
    approved or live was approved by somebody who had not written it; at most one draft is live."""
    rng = random.Random(seed)
    people, contents = [lead, other_lead, supervisor], [{MANIFEST: new_version()}, {"README.md": b"Ours\n"}]
    now = clock.now()
    acts = {
        "start": lambda draft, by: services.start_draft(title="t", why="w", by=by),
        "upload": lambda draft, by: services.upload_files(
            draft.pk, files=rng.choice(contents), by=by, expected_version=draft.version
        ),
        "renew": lambda draft, by: services.bring_up_to_date(draft.pk, by=by, expected_version=draft.version),
        "shadow": lambda draft, by: services.start_shadow(draft.pk, by=by, expected_version=draft.version),
        "approve": lambda draft, by: services.approve_draft(draft.pk, note="", by=by, expected_version=draft.version),
        "live": lambda draft, by: services.go_live(draft.pk, by=by, expected_version=draft.version),
        "withdraw": lambda draft, by: services.withdraw_draft(draft.pk, why="w", by=by, expected_version=draft.version),
        "back": lambda draft, by: services.roll_back(
            why="w", by=by, expected_hash=selectors.pack_in_force().content_hash
        ),
    }
    weights = {"start": 1, "upload": 3, "renew": 4, "shadow": 1, "approve": 9, "live": 9, "withdraw": 1, "back": 1}
    started(lead)
    done = set()
    for step in range(1, 181):
        name = rng.choices(list(weights), list(weights.values()))[0]
        draft, by = rng.choice(RuleDraft.objects.order_by("-created_at", "-id")[:2]), rng.choice(people)
        before, entries = selectors.version_in_force().pk, AuditEntry.objects.count()
        with clock.moved_to(now + timedelta(minutes=step)):
            try:
                acts[name](draft, by)
            except (NotPossible, NotAllowed):
                assert AuditEntry.objects.count() == entries
                assert selectors.version_in_force().pk == before
                continue
        done.add(name)
        assert AuditEntry.objects.count() == entries + 1
        assert (selectors.version_in_force().pk != before) == (name in ("live", "back"))
        for row in RuleDraft.objects.exclude(approved_by=None):
            assert str(row.approved_by_id) not in row.authors
        assert RuleDraft.objects.filter(state=DraftState.LIVE).count() <= 1
    assert {"upload", "start"} <= done
