"""What the pages of working with other agencies need: agreements in each state, sharing without one."""

from datetime import timedelta
from uuid import UUID

from tests import cast

from counterpoint.access import services as access
from counterpoint.access.models import Agency, SharingAgreement, Staff
from counterpoint.access.policies import today
from counterpoint.access.types import NewAgreement, Role, Section
from counterpoint.base import clock
from counterpoint.cases import services as cases
from counterpoint.cases.models import Case
from counterpoint.partners import services as partners
from counterpoint.partners.types import NewRequest, Provenance

BECAUSE = "A threat was made for tonight and nobody could sign before the morning"


def some_terms(**changes: object) -> NewAgreement:
    """Terms that fit, from today for a year."""
    given: dict[str, object] = {
        "reference": "ISA-2026-04",
        "sections": (Section.CONCERN, Section.ACTIONS),
        "purposes": ("To plan support at school", "To do its part of the plan"),
        "legal_bases": ("Children Act 2004, section 10",),
        "valid_from": today(),
        "valid_until": today() + timedelta(days=365),
    }
    return NewAgreement(**(given | changes))  # type: ignore[arg-type]


def an_urgent_share(case: Case, *, agency: Agency, by: Staff, hours: int = 24, because: str = BECAUSE):
    return cases.share_urgently(
        case,
        agency=agency,
        sections=[Section.CONCERN],
        purpose="To keep her safe tonight",
        legal_basis="Vital interests",
        because=because,
        until=clock.now() + timedelta(hours=hours),
        by=by,
    )


def working_with_others(people: cast.Cast, case: Case, moved: Case) -> dict[str, UUID | str]:
    """What addresses of these pages ask for: agreements in force and drafted, urgent sharing reviewed and not yet, a
    request that waits and one that was answered, an offer of ours and one to us. moved: a case to be given away."""
    lead = people[Role.CASE_OFFICER]
    draft = access.propose_agreement(some_terms(), partner=people.health, by=people[Role.PROCESS_LEAD])
    agreed = SharingAgreement.objects.get(partner=people.police, lead_agency=people.council)
    reviewed = an_urgent_share(case, agency=people.health, by=lead, because=BECAUSE + " at all")
    cases.review_urgent_sharing(
        reviewed.pk, found_proper=True, note="There was no time to sign anything", by=people.other_supervisor
    )
    urgent = an_urgent_share(case, agency=people.schools, by=lead)
    parts: dict[str, UUID | str] = {
        "agreement_id": agreed.pk,
        "draft_agreement_id": draft.pk,
        "urgent_grant_id": urgent.pk,
    }
    return parts | _requests(people, case) | _transfers(people, case, moved)


def _requests(people: cast.Cast, case: Case) -> dict[str, UUID | str]:
    lead, asked = people[Role.CASE_OFFICER], []
    for question in ("Is he known to you?", "Who is with him after school?"):
        wanted = NewRequest(question, (Section.PERSON,), cast.PURPOSES[0], cast.LEGAL_BASES[0])
        asked.append(partners.ask_information(case, wanted, agency=people.police, by=lead))
    partners.answer_request(
        asked[1].pk, text="An aunt, so we were told.", provenance=Provenance.REPORTED, by=people[Role.PARTNER]
    )
    return {"request_id": asked[0].pk, "answered_request_id": asked[1].pk}


def _transfers(people: cast.Cast, case: Case, moved: Case) -> dict[str, UUID | str]:
    """A case went to Southmoor, which offers it back; another is offered to Southmoor."""
    southmoor = cast.an_agency("Southmoor Council", kind="local_authority", is_lead=True)
    head = cast.a_person("Sol South", southmoor, [Role.SUPERVISOR])
    lead = people[Role.CASE_OFFICER]
    why = {"reason": "The family moved.", "legal_basis": "Public task", "sections": [Section.PERSON]}
    gone = partners.offer_transfer(moved, to=southmoor, **why, by=lead)
    moved = partners.accept_transfer(gone.pk, lead_officer=head, by=head)
    back = partners.offer_transfer(moved, to=people.council, **why, by=head)
    own = partners.offer_transfer(case, to=southmoor, **why, by=lead)
    return {"transfer_id": back.pk, "own_transfer_id": own.pk}
