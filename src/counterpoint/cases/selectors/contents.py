"""What the referrals of a case say: the concern, the person, the files; and, apart from these, who reported."""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from counterpoint.access.models import Staff
from counterpoint.access.permissions import check_reads
from counterpoint.access.types import Section, SubjectKind
from counterpoint.base.errors import NotAllowed
from counterpoint.base.keyring import KeyDestroyed
from counterpoint.cases.models import CaseReferral
from counterpoint.cases.selectors.heading import heading_for, record_read
from counterpoint.cases.views import (
    AnswerLine,
    CaseHeading,
    ConcernView,
    FileLine,
    ReferralPart,
    RepeatLine,
    ReporterPart,
)
from counterpoint.intake import selectors as intake
from counterpoint.intake import storage
from counterpoint.intake.models import Referral, StoredFile
from counterpoint.intake.selectors import OpenedReferral
from counterpoint.intake.types import Answers, ScanState
from counterpoint.kernel.questions import answer_lines, answers_held_about
from counterpoint.kernel.questions.types import Holds
from counterpoint.rules import selectors as rules

_IN_CONCERN = (Section.CONCERN, Section.PERSON, Section.FILES)


@transaction.atomic
def concern_for(viewer: Staff, case_id: UUID, *, purpose: str) -> ConcernView:
    """What each referral of the case says, in the sections that the viewer was given. Who reported is not among it.

    Raises NotFound, NotAllowed for partners who were given none of it. Audited."""
    heading = heading_for(viewer, case_id)
    if not any(heading.opens(section) for section in _IN_CONCERN):
        raise NotAllowed("Your agency was not given the concern, the person or the files of this case.")
    links = _links(case_id)
    files = _files_by_arrival(heading, links)
    parts = tuple(_part(heading, link, files.get(link.referral.arrival_id, ())) for link in links)
    read = [section for section in _IN_CONCERN if heading.opens(section)]
    detail: dict[str, str | int] = {"sections": " ".join(read), "referrals": len(parts)}
    record_read(viewer, heading, part="concern", purpose=purpose, detail=detail)
    return ConcernView(heading=heading, referrals=parts)


@transaction.atomic
def reporter_for(viewer: Staff, case_id: UUID, *, purpose: str) -> tuple[CaseHeading, tuple[ReporterPart, ...]]:
    """Who reported each referral of the case: a section of its own, opened by itself.

    Raises NotFound, NotAllowed for who was not given it. Audited."""
    heading = heading_for(viewer, case_id)
    check_reads(viewer, kind=SubjectKind.CASE, subject_id=case_id, section=Section.REPORTER)
    parts = tuple(
        ReporterPart(
            reference=link.referral.reference,
            answers=_lines(link.referral, intake.opened(link.referral).reporter, Holds.REPORTER),
        )
        for link in _links(case_id)
    )
    record_read(viewer, heading, part="reporter", purpose=purpose, detail={"referrals": len(parts)})
    return heading, parts


def has_file(viewer: Staff, case_id: UUID, file_id: UUID) -> bool:
    """Whether this file came with a referral of the case, and the viewer may open the case's files."""
    if not heading_for(viewer, case_id).opens(Section.FILES):
        return False
    return any(file.pk == file_id for file in intake.files_of(link.referral.arrival_id for link in _links(case_id)))


def references_of(viewer: Staff, case_id: UUID) -> list[tuple[UUID, str]]:
    """The referrals of the case by id and reference, the first one first. Raises NotFound."""
    heading_for(viewer, case_id)
    return [(link.referral_id, link.referral.reference) for link in _links(case_id)]


def _links(case_id: UUID) -> list[CaseReferral]:
    rows = CaseReferral.objects.filter(case_id=case_id).select_related("referral__arrival")
    return list(rows.order_by("-is_first", "joined_at", "id"))


def _part(heading: CaseHeading, link: CaseReferral, files: Iterable[StoredFile]) -> ReferralPart:
    referral = link.referral
    opens_answers = heading.opens(Section.CONCERN) or heading.opens(Section.PERSON)
    opened = intake.opened(referral) if opens_answers else OpenedReferral(answers={}, reporter={}, is_erased=False)
    concern = _lines(referral, opened.answers, Holds.CONCERN, Holds.MATERIAL)
    return ReferralPart(
        id=referral.pk,
        reference=referral.reference,
        received_at=referral.received_at,
        is_first=link.is_first,
        is_erased=opened.is_erased,
        concern=concern if heading.opens(Section.CONCERN) else None,
        person=_lines(referral, opened.answers, Holds.PERSON) if heading.opens(Section.PERSON) else None,
        files=tuple(_file(file) for file in files) if heading.opens(Section.FILES) else None,
        repeats=() if heading.is_partner else tuple(_repeats(referral)),
        reporter_is_named=None if heading.is_partner else bool(opened.reporter),
        left_out_of=None if heading.is_partner else _says_more(referral.arrival_id),
    )


def _says_more(arrival_id: UUID) -> UUID | None:
    return arrival_id if intake.was_put_in_by_hand(arrival_id) else None


def _lines(referral: Referral, answers: Answers, *about: Holds) -> tuple[AnswerLine, ...]:
    questions = rules.archived_question_set(referral.arrival.question_set_hash)
    found = []
    for holds in about:
        held = answers_held_about(questions, answers, holds)  # type: ignore[arg-type] # stored as they were checked
        for question_id, answer in held.items():
            question = questions.question(question_id)
            provenance = str(answer.get("provenance", ""))
            found.append(AnswerLine(question.ask, answer_lines(question, answer), provenance))
    return tuple(found)


def _files_by_arrival(heading: CaseHeading, links: list[CaseReferral]) -> dict[UUID, list[StoredFile]]:
    if not heading.opens(Section.FILES):
        return {}
    found: dict[UUID, list[StoredFile]] = {}
    for file in intake.files_of(link.referral.arrival_id for link in links):
        found.setdefault(file.arrival_id, []).append(file)
    return found


def _file(file: StoredFile) -> FileLine:
    try:
        name = storage.name_of(file)
    except KeyDestroyed:
        name = ""
    state = ScanState(file.scan_state)
    can_be_opened = bool(name) and bool(file.working_copy_stored_as) and state is not ScanState.INFECTED
    return FileLine(file.pk, name, file.media_type, file.size_bytes, state.label, can_be_opened)


def _repeats(referral: Referral) -> Iterable[RepeatLine]:
    for row in intake.repeats_of(referral):
        other = row.earlier if row.referral_id == referral.pk else row.referral
        yield RepeatLine(other.pk, other.reference, tuple(row.features), row.decision)
