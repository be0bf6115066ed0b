"""What a case does to its referrals: tells their reporters where it stands, closes and reopens them with itself.
Each message and each closing is audited by the folder that does it."""

from collections.abc import Iterable
from uuid import UUID

from counterpoint.access.models import Staff
from counterpoint.base.errors import NotPossible
from counterpoint.base.prepared import Prepared
from counterpoint.cases.models import Case, CaseReferral
from counterpoint.intake import mailbox, selectors
from counterpoint.intake.models import Referral
from counterpoint.intake.types import MessageKind, PublicStatus
from counterpoint.rules import selectors as rules
from counterpoint.triage.services import close_with_case, reopen_with_case

_LINKS = Prepared(
    lambda case_id: (
        CaseReferral.objects.filter(case_id=case_id)
        .order_by("-is_first", "joined_at", "id")
        .values_list("referral_id", flat=True)
    )
)


def referrals_of(case: Case) -> list[Referral]:
    """The referrals that the case works, the first one first; unscoped, for services that have checked who asks."""
    return [selectors.referral_row(referral_id) for referral_id in _LINKS.all(case.pk)]


def referral_of(case: Case, referral_id: UUID | None) -> Referral:
    """One of the case's referrals, the first unless another is named. Raises NotPossible for one of another case."""
    found = next((each for each in referrals_of(case) if referral_id in (None, each.pk)), None)
    if found is None:
        raise NotPossible("This referral is not part of the case.")
    return found


def message_one(referral: Referral, *, asks: bool, text: str, by: Staff) -> UUID:
    """Ask or tell the reporter of one referral; the message's id. Raises NotPossible when there is no mailbox."""
    if asks:
        return mailbox.ask_reporter(referral, text=text, by=by)
    return mailbox.tell_reporter(referral, text=text, by=by)


def outcome_to_all(case: Case, *, text: str, by: Staff) -> list[UUID]:
    """Tell the outcome to the reporters of all referrals that have a mailbox. Raises NotPossible when none has."""
    found = [each for each in referrals_of(case) if mailbox.has_mailbox(each)]
    if not found:
        raise NotPossible("No reporter has a mailbox here. Tell them in another way, and record that you did.")
    return [mailbox.tell_reporter(each, text=text, by=by, kind=MessageKind.OUTCOME) for each in found]


def say_withheld(case: Case, *, by: Staff) -> None:
    """Where nothing may be told, the pack's words for that, in each reporter's language: silence would look like being
    forgotten."""
    pack = rules.pack_in_force()
    for each in referrals_of(case):
        if hasattr(each.arrival, "mailbox"):
            language = each.language if pack.has_language(each.language) else pack.default_language
            words = pack.text("mailbox.outcome.withheld", language)
            mailbox.tell_reporter(each, text=words, by=by, kind=MessageKind.OUTCOME)


def show_status(case: Case, status: PublicStatus, *, by: Staff) -> None:
    """Say in the mailbox of each referral of the case where it stands."""
    show_status_of(referrals_of(case), status, by=by)


def show_status_of(referrals: Iterable[Referral], status: PublicStatus, *, by: Staff) -> None:
    """Say in the mailboxes of these referrals where they stand. A referral without one is left as it is."""
    for referral in referrals:
        mailbox.set_status(referral, status=status, by=by)


def close_referrals(case: Case, *, reason_id: str, by: Staff) -> None:
    """The referrals of a closed case have ended with it, and their mailboxes say so."""
    for referral in referrals_of(case):
        close_with_case(referral.pk, closure_reason=reason_id, by=by)
    show_status(case, PublicStatus.CLOSED, by=by)


def reopen_referrals(case: Case, *, by: Staff) -> None:
    """The referrals of a reopened case are worked again, and their mailboxes say so."""
    for referral in referrals_of(case):
        reopen_with_case(referral.pk, by=by)
    show_status(case, PublicStatus.BEING_WORKED_ON, by=by)
