"""Changing the rules: a draft from its first file to the day it is in force, and back.

    draft -> checked -> (shadow) -> backtested -> approved by another -> live -> rolled back or replaced

Each step is one transaction with one audit entry; rows are saved against the version that was looked at. Backtests and
shadow verdicts are `counterpoint.triage.backtests` and `counterpoint.triage.shadow`.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.db import transaction

from counterpoint.access.models import Staff, StaffRole
from counterpoint.access.services.notices import tell_staff
from counterpoint.access.types import NoticeKind
from counterpoint.audit import services as audit
from counterpoint.audit.types import Subject
from counterpoint.base import clock
from counterpoint.base.errors import Conflict, NotFound, NotPossible
from counterpoint.kernel.packs import NotAPackArchive, PackProblems, Problem, files_of_zip, refusals_of
from counterpoint.kernel.packs.hashes import content_hash, file_hashes
from counterpoint.rules import policies
from counterpoint.rules.archive import archive_files, archived_contents, put_in_force
from counterpoint.rules.errors import FilesRefused
from counterpoint.rules.models import PackVersion, RuleDraft
from counterpoint.rules.permissions import ANSWERS_FOR, check_answers_for_rules, check_changes_rules
from counterpoint.rules.policies import Circumstances
from counterpoint.rules.selectors import checked_pack, version_in_force
from counterpoint.rules.types import OPEN, SECOND_READER_TABLE, TRIAGE_TABLE, DraftState, ProblemView

_LONGEST_REASON = 1000
_HELD_AGAINST_ANOTHER: Mapping[str, Any] = {"backtested_table": "", "backtested_readers": ""}
_NOT_YET: Mapping[str, Any] = {"shadow_since": None, "approved_by": None, "approved_at": None, "approval_note": ""}


def start_draft(*, title: str, why: str, by: Staff) -> RuleDraft:
    """A draft with every file of the pack in force. Raises NotAllowed, NotPossible without a title or a reason."""
    check_changes_rules(by)
    if not title.strip():
        raise NotPossible("Give the change a name.")
    _check_reason(why)
    with transaction.atomic():
        base = version_in_force()
        draft = RuleDraft.objects.create(
            title=title.strip(),
            why=why.strip(),
            state=DraftState.CHECKED,
            base_hash=base.content_hash,
            content_hash=base.content_hash,
            files=dict(base.files),
            made_by=by,
            changed_by=by,
            changed_at=clock.now(),
            authors=[str(by.pk)],
        )
        _record("rule_draft.started", draft, by=by, base=base.content_hash)
        return draft


def upload_files(draft_id: UUID, *, files: Mapping[str, bytes], by: Staff, expected_version: int) -> RuleDraft:
    """Take these files into the draft, each in the place of the one with its path, and check the whole again.

    files: path in the pack to content. What is wrong between files is kept with the draft; a file that cannot be read
    by itself is refused and nothing is taken.
    Raises NotAllowed, NotFound, NotPossible, Conflict, FilesRefused with every reason."""
    return _change_files(draft_id, lambda old: {**old, **files}, given=files, by=by, expected_version=expected_version)


def upload_pack(draft_id: UUID, *, archive: bytes, by: Staff, expected_version: int) -> RuleDraft:
    """Put the files of a zipped pack in the place of all files of the draft. Raises as `upload_files`."""
    check_changes_rules(by)
    try:
        files = files_of_zip(archive)
    except NotAPackArchive as refused:
        _record_refusal(draft_id, 1, by=by)
        raise FilesRefused([_view(refused.problem)]) from None
    return _change_files(draft_id, lambda _old: files, given=files, by=by, expected_version=expected_version)


def remove_file(draft_id: UUID, *, path: str, by: Staff, expected_version: int) -> RuleDraft:
    """Take a file out of the draft. Raises as `upload_files`; NotFound when the draft has no such file."""

    def without(old: dict[str, bytes]) -> dict[str, bytes]:
        if path not in old:
            raise NotFound("The draft has no such file.")
        return {name: content for name, content in old.items() if name != path}

    return _change_files(draft_id, without, given={}, by=by, expected_version=expected_version)


def bring_up_to_date(draft_id: UUID, *, by: Staff, expected_version: int) -> RuleDraft:
    """Copy the draft anew from the pack in force, with the files that the draft changed laid over it. Where both
    changed the same file the draft's stands, and the page of differences shows what that takes back.
    Raises as `upload_files`."""
    current, based_on = version_in_force(), _base_files(_draft(draft_id))

    def renewed(old: dict[str, bytes]) -> dict[str, bytes]:
        hashes = file_hashes(old)
        mine = {path: content for path, content in old.items() if based_on.get(path) != hashes[path]}
        gone = based_on.keys() - old.keys()
        theirs = archived_contents(current.files)
        return {path: content for path, content in {**theirs, **mine}.items() if path not in gone}

    return _change_files(
        draft_id, renewed, given={}, by=by, expected_version=expected_version, base_hash=current.content_hash
    )


def start_shadow(draft_id: UUID, *, by: Staff, expected_version: int) -> RuleDraft:
    """From now on new referrals are put to the draft's triage table too; what it says is stored apart and acts on
    nothing. Raises NotAllowed, NotFound, NotPossible, Conflict."""
    check_changes_rules(by)
    with transaction.atomic():
        draft = _locked(draft_id)
        policies.check_can_go_into_shadow(circumstances(draft))
        _save(draft, expected_version, state=DraftState.SHADOW, shadow_since=clock.now())
        _record("rule_draft.put_in_shadow", draft, by=by)
        return draft


def end_shadow(draft_id: UUID, *, by: Staff, expected_version: int) -> RuleDraft:
    """New referrals are not put to the draft any more; what was compared stays. Raises as `start_shadow`."""
    check_changes_rules(by)
    with transaction.atomic():
        draft = _locked(draft_id)
        if draft.state != DraftState.SHADOW:
            raise NotPossible("This draft is not in shadow.")
        _save(draft, expected_version, state=DraftState.CHECKED)
        _record("rule_draft.taken_from_shadow", draft, by=by)
        return draft


def note_backtest(draft_id: UUID, *, path: str, table_hash: str) -> None:
    """A backtest of this table is finished: called by triage in the transaction that ends it. Leaves the version as it
    is, since nothing that anybody wrote changes."""
    column = {TRIAGE_TABLE: "backtested_table", SECOND_READER_TABLE: "backtested_readers"}[path]
    RuleDraft.objects.filter(pk=draft_id).update(**{column: table_hash})


def approve_draft(draft_id: UUID, *, note: str, by: Staff, expected_version: int) -> RuleDraft:
    """Answer for the change, as a second person. Shadow ends with it.
    Raises NotAllowed, NotFound, Conflict, and NotPossible with all that is lacking."""
    check_answers_for_rules(by)
    with transaction.atomic():
        draft = _locked(draft_id)
        policies.check_can_be_approved(circumstances(draft), approver=by.pk)
        changes = {"approved_by": by, "approved_at": clock.now(), "approval_note": note.strip()[:_LONGEST_REASON]}
        _save(draft, expected_version, state=DraftState.APPROVED, **changes)
        _record("rule_draft.approved", draft, by=by)
        _tell(draft, f"The change of the rules “{draft.title}” was approved.", but=by)
        return draft


def withdraw_draft(draft_id: UUID, *, why: str, by: Staff, expected_version: int) -> RuleDraft:
    """End a draft that is not live. Raises NotAllowed, NotFound, NotPossible, Conflict."""
    check_answers_for_rules(by)
    _check_reason(why)
    with transaction.atomic():
        draft = _locked(draft_id)
        policies.check_moves(DraftState(draft.state), DraftState.WITHDRAWN)
        _save(draft, expected_version, state=DraftState.WITHDRAWN, ended_because=why.strip())
        _record("rule_draft.withdrawn", draft, by=by)
        return draft


def go_live(draft_id: UUID, *, by: Staff, expected_version: int) -> PackVersion:
    """Put the approved draft in force, for everything that is judged from now on.
    Raises NotAllowed, NotFound, NotPossible, Conflict."""
    check_answers_for_rules(by)
    with transaction.atomic():
        version_in_force(lock=True)
        draft = _locked(draft_id)
        policies.check_can_go_live(circumstances(draft))
        pack = checked_pack(archived_contents(draft.files))
        RuleDraft.objects.filter(state=DraftState.LIVE).update(state=DraftState.REPLACED)
        row = put_in_force(pack, why=draft.why, staff=by)
        _save(draft, expected_version, state=DraftState.LIVE, live_as=row)
        _record("rule_draft.put_in_force", draft, by=by)
        _tell(draft, f"The change of the rules “{draft.title}” is in force.", but=by)
        return row


def roll_back(*, why: str, by: Staff, expected_hash: str) -> PackVersion:
    """Put the pack in force again that was before the one that is. expected_hash: of the pack that the page showed to
    be in force. Raises NotAllowed, NotPossible without a reason or an earlier pack, Conflict."""
    check_answers_for_rules(by)
    _check_reason(why)
    with transaction.atomic():
        current = version_in_force(lock=True)
        if current.content_hash != expected_hash:
            raise Conflict("Another pack was put in force while you had this open. Look at it again.", theirs={})
        former = former_version(current)
        if former is None:
            raise NotPossible("There is no earlier pack to go back to.")
        pack = checked_pack(archived_contents(former.files))
        draft = RuleDraft.objects.filter(state=DraftState.LIVE).first()
        RuleDraft.objects.filter(state=DraftState.LIVE).update(state=DraftState.ROLLED_BACK, ended_because=why.strip())
        row = put_in_force(pack, why=why.strip(), staff=by)
        detail = {"from": current.content_hash, "to": former.content_hash, "draft": str(draft.pk) if draft else ""}
        audit.record("pack.rolled_back", by=by.actor, about=Subject("pack_version", row.pk), detail=detail)
        if draft is not None:
            _tell(draft, f"The change of the rules “{draft.title}” was rolled back.", but=by)
        return row


def former_version(current: PackVersion) -> PackVersion | None:
    """The pack that was in force before this one and differs from it: where a roll-back leads."""
    earlier = PackVersion.objects.filter(activated_at__lte=current.activated_at).exclude(pk=current.pk)
    return earlier.exclude(content_hash=current.content_hash).order_by("-activated_at", "-id").first()


def circumstances(draft: RuleDraft) -> Circumstances:
    """What a draft is judged by, as things stand."""
    current = version_in_force()
    return Circumstances(
        state=DraftState(draft.state),
        content_hash=draft.content_hash,
        base_hash=draft.base_hash,
        hash_in_force=current.content_hash,
        files=draft.files,
        files_in_force=current.files,
        backtested_table=draft.backtested_table,
        backtested_readers=draft.backtested_readers,
        authors=frozenset(UUID(author) for author in draft.authors),
    )


def _change_files(
    draft_id: UUID,
    change: Callable[[dict[str, bytes]], dict[str, bytes]],
    *,
    given: Mapping[str, bytes],
    by: Staff,
    expected_version: int,
    base_hash: str = "",
) -> RuleDraft:
    """1. The files as they would be. 2. Refused, when one of those given cannot be read by itself. 3. Archived.
    4. The draft is CHECKED or has problems; shadow, approval and the backtest of another table count no more."""
    check_changes_rules(by)
    draft = _draft(draft_id)
    if DraftState(draft.state) not in OPEN:
        raise NotPossible(f"This draft is “{draft.get_state_display().lower()}”: start a new one.")
    files = change(archived_contents(draft.files))
    refused = refusals_of(given)
    problems = _problems_of(files)
    if refused:
        _record_refusal(draft_id, len(refused), by=by)
        raise FilesRefused([_view(each) for each in sorted({*refused, *problems})])
    hashes = file_hashes(files)
    changes = {
        "files": hashes,
        "content_hash": content_hash(hashes),
        "problems": [asdict(_view(problem)) for problem in problems],
        "state": DraftState.DRAFT if problems else DraftState.CHECKED,
        "changed_by": by,
        "changed_at": clock.now(),
        "base_hash": base_hash or draft.base_hash,
        "authors": sorted({*draft.authors, str(by.pk)}),
        **(_HELD_AGAINST_ANOTHER if base_hash else {}),
        **_NOT_YET,
    }
    with transaction.atomic():
        archive_files(files)
        policies.check_moves(DraftState(_locked(draft_id).state), changes["state"])
        _save(draft, expected_version, **changes)
        _record("rule_draft.changed", draft, by=by, files=len(given), problems=len(problems))
        return draft


def _problems_of(files: Mapping[str, bytes]) -> tuple[Problem, ...]:
    try:
        checked_pack(files)
    except PackProblems as found:
        return found.problems
    return ()


def _view(problem: Problem) -> ProblemView:
    return ProblemView(problem.file, problem.line, problem.what, problem.remedy)


def _record_refusal(draft_id: UUID, count: int, *, by: Staff) -> None:
    with transaction.atomic():
        _record("rule_draft.files_refused", _draft(draft_id), by=by, problems=count)


def _base_files(draft: RuleDraft) -> Mapping[str, str]:
    row = PackVersion.objects.filter(content_hash=draft.base_hash).first()
    return row.files if row is not None else {}


def _draft(draft_id: UUID) -> RuleDraft:
    row = RuleDraft.objects.select_related("made_by", "changed_by", "approved_by").filter(pk=draft_id).first()
    if row is None:
        raise NotFound("There is no such draft.")
    return row


def _locked(draft_id: UUID) -> RuleDraft:
    row = RuleDraft.objects.select_for_update(of=("self",)).filter(pk=draft_id).first()
    if row is None:
        raise NotFound("There is no such draft.")
    return row


def _save(draft: RuleDraft, expected_version: int, **changes: Any) -> None:
    try:
        draft.save_changes(expected_version=expected_version, **changes)
    except Conflict:
        # Two versions of a whole pack cannot be shown side by side in a form: the draft's own page tells what changed.
        told = "Somebody else changed this draft while you had it open. Look at it again before you go on."
        raise Conflict(told, theirs={}) from None


def _check_reason(why: str) -> None:
    if not why.strip():
        raise NotPossible("Say why.")
    if len(why.strip()) > _LONGEST_REASON:
        raise NotPossible(f"Say why in at most {_LONGEST_REASON} characters.")


def _record(action: str, draft: RuleDraft, *, by: Staff, **detail: str | int) -> None:
    facts = {"state": draft.state, "content_hash": draft.content_hash, **detail}
    audit.record(action, by=by.actor, about=Subject("rule_draft", draft.pk), detail=facts)


def _tell(draft: RuleDraft, text: str, *, but: Staff) -> None:
    """Those who wrote it and those who answer for the rules; not whoever has just done it."""
    held = StaffRole.objects.filter(role__in=ANSWERS_FOR, ended_at__isnull=True).values("staff_id")
    people = Staff.objects.filter(is_active=True, agency__is_lead=True, pk__in=held).exclude(pk=but.pk)
    tell_staff(people, kind=NoticeKind.OTHER, text=text, link=f"/desk/rules/drafts/{draft.pk}/")
