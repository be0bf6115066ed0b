"""A small world for casework: a lead agency, two partners, their staff, and referrals that were decided as cases."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from tests.cast import an_agreement

from counterpoint.access.models import Agency, SharingGrant, Staff, StaffRole
from counterpoint.access.types import Role, Section
from counterpoint.base import ids, keyring
from counterpoint.cases import services
from counterpoint.cases.models import Case
from counterpoint.cases.types import ActionKind, NewAction
from counterpoint.intake.models import Arrival, Mailbox, Referral
from counterpoint.intake.types import ArrivalState, ChannelName, Kind, ReferralState
from counterpoint.kernel.packs import Pack, read_folder, read_pack
from counterpoint.rules.models import PackVersion, RulesFile
from counterpoint.triage.models import Decision, Verdict
from counterpoint.triage.types import DecisionState, Route

START = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
PACK = Path(__file__).parents[2] / "packs" / "england"
WORRY = "She says the town council is run by enemies."
PERSON = "Mira Example"


@dataclass(frozen=True)
class World:
    """Everybody by what they do. `outsider` works for a partner that is granted nothing. The lead agency has an
    agreement with each of the partners."""

    lead: Agency
    school: Agency
    clinic: Agency
    triage: Staff
    officer: Staff
    colleague: Staff
    stranger: Staff  # a case officer of the lead agency who is not on the case
    supervisor: Staff
    second_supervisor: Staff
    partner: Staff
    outsider: Staff


@lru_cache(maxsize=1)
def _pack() -> tuple[dict[str, bytes], Pack]:
    files = read_folder(PACK)
    return files, read_pack(files)


def put_pack_in_force() -> Pack:
    """The England pack, read once for all tests of a process."""
    files, pack = _pack()
    RulesFile.objects.bulk_create(
        (RulesFile(sha256=pack.files[path], path=path, content=files[path], archived_at=START) for path in pack.files),
        ignore_conflicts=True,
    )
    PackVersion.objects.get_or_create(
        content_hash=pack.content_hash,
        defaults={
            "pack_id": pack.id,
            "version": pack.version,
            "files": dict(pack.files),
            "activated_at": START - timedelta(days=400),
        },
    )
    return pack


def a_person(name: str, agency: Agency, *roles: Role) -> Staff:
    email = f"{name.lower().replace(' ', '.')}@{agency.name.lower().replace(' ', '-')}.example"
    staff = Staff.objects.create(name=name, email=email, agency=agency)
    StaffRole.objects.bulk_create(StaffRole(staff=staff, role=role) for role in roles)
    return staff


def a_world() -> World:
    put_pack_in_force()
    lead = Agency.objects.create(name="Northmoor Council", kind="local_authority", is_lead=True)
    school = Agency.objects.create(name="Northmoor Schools Service", kind="education")
    clinic = Agency.objects.create(name="Northmoor Clinic", kind="health")
    supervisor = a_person("Sue Visor", lead, Role.SUPERVISOR)
    second = a_person("Sid Second", lead, Role.SUPERVISOR)
    for partner in (school, clinic):
        an_agreement(lead, partner, proposed_by=supervisor, approved_by=second)
    return World(
        lead=lead,
        school=school,
        clinic=clinic,
        triage=a_person("Tess Reader", lead, Role.TRIAGE_OFFICER),
        officer=a_person("Omar Lead", lead, Role.CASE_OFFICER),
        colleague=a_person("Cara Member", lead, Role.CASE_OFFICER),
        stranger=a_person("Stan Elsewhere", lead, Role.CASE_OFFICER),
        supervisor=supervisor,
        second_supervisor=second,
        partner=a_person("Pia School", school, Role.PARTNER),
        outsider=a_person("Otto Clinic", clinic, Role.PARTNER),
    )


def a_referral(world: World, *, decided: bool = True, kind: Kind = Kind.CONCERN, with_mailbox: bool = True) -> Referral:
    """A concern that was decided as a case (unless not `decided`), with the reporter's mailbox."""
    pack = _pack()[1]
    reference, arrival_id, referral_id = ids.new_reference(), ids.new_id(), ids.new_id()
    key_id, reporter_key_id = keyring.new_record_key(), keyring.new_record_key()
    set_id = "concern_public" if kind == Kind.CONCERN else "online_material"
    arrival = Arrival.objects.create(
        id=arrival_id,
        reference=reference,
        channel=ChannelName.PORTAL,
        kind=kind,
        language="en",
        received_at=START,
        question_set=set_id,
        question_set_hash=pack.files[f"question_sets/{set_id}.yaml"],
        pack_hash=pack.content_hash,
        submission_key=reference,
        key_id=key_id,
        sealed_raw=b"-",
        raw_mac="-",
        state=ArrivalState.ACCEPTED,
    )
    answers = {"worry": {"value": WORRY}, "person_forename": {"value": PERSON}}
    reporter = {"reporter_name": {"value": "Rhona Reporter"}}
    referral = Referral.objects.create(
        id=referral_id,
        arrival=arrival,
        reference=reference,
        kind=kind,
        audience="public",
        route=ChannelName.PORTAL,
        language="en",
        received_at=START,
        key_id=key_id,
        sealed_answers=keyring.seal_json(answers, key_id=key_id, place=f"referral.sealed_answers:{referral_id}"),
        reporter_key_id=reporter_key_id,
        sealed_reporter=keyring.seal_json(
            reporter, key_id=reporter_key_id, place=f"referral.sealed_reporter:{referral_id}"
        ),
        state=ReferralState.DECIDED if decided else ReferralState.NEW,
        lead_agency=world.lead,
        due_at=START + timedelta(days=5),
    )
    if with_mailbox:
        Mailbox.objects.create(
            arrival=arrival, receipt_hash=reference.encode(), key_id=keyring.new_record_key(), status_at=START
        )
    if decided:
        decide_as_case(referral, world)
    return referral


def decide_as_case(referral: Referral, world: World) -> None:
    """What triage stores when somebody decides that a referral becomes a case."""
    verdict_id = ids.new_id()
    place = f"verdict.sealed_facts:{verdict_id}"
    verdict = Verdict.objects.create(
        id=verdict_id,
        referral=referral,
        table_hash="t" * 64,
        sealed_facts=keyring.seal_json({"under_18": "unknown"}, key_id=referral.key_id, place=place),
        fired=[],
        route=Route.CASE,
        urgency="routine",
        at=START,
    )
    Decision.objects.create(
        referral=referral,
        verdict=verdict,
        route=Route.CASE,
        urgency="routine",
        confirmed=True,
        state=DecisionState.IN_FORCE,
        referral_version=referral.version,
        by=world.triage,
        at=START,
    )
    Referral.objects.filter(pk=referral.pk).update(state=ReferralState.DECIDED)
    referral.refresh_from_db()


def a_case(world: World, *, referral: Referral | None = None) -> Case:
    """A case just opened, led by the officer."""
    return services.open_case(referral or a_referral(world), lead_officer=world.officer, by=world.triage, at=START)


def an_action(world: World, *, title: str = "Meet the family", owner: Staff | None = None) -> NewAction:
    return NewAction(
        kind=ActionKind.CONTACT, title=title, due_on=date(2026, 5, 20), owner_id=(owner or world.officer).pk
    )


OUTCOME = {
    "text": "They go to football again.",
    "impact": "better",
    "reason_id": "concerns_reduced",
    "needs": {},
}


def walk_to(case: Case, step_id: str, world: World) -> Case:
    """The case with its process brought to this step, by the shortest way through the pack's process."""
    case.refresh_from_db()
    while case.next_step != step_id:
        take_next(case, world)
        case.refresh_from_db()
    return case


def take_next(case: Case, world: World) -> None:
    by, version = world.officer, case.version
    match case.next_step:
        case "contact_reporter":
            services.complete_step(case, case.next_step, {"contact": "reached"}, by=by, expected_version=version)
        case "gather_information":
            services.complete_step(
                case, case.next_step, {"found": "The school knows."}, by=by, expected_version=version
            )
        case "assess":
            values = {"decision": "signpost", "reason": "Another service fits."}
            services.complete_step(case, case.next_step, values, by=by, expected_version=version)
        case "record_outcome":
            services.record_outcome(case, **OUTCOME, by=by, expected_version=version)
        case "tell_reporter":
            services.send_feedback(case, text="Our work has ended.", by=by, expected_version=version)
        case "agree_closure":
            values = {"decision": "agreed", "reason": "All done."}
            services.complete_step(case, "agree_closure", values, by=world.supervisor, expected_version=version)
        case other:
            raise AssertionError(f"no way on from {other!r}")


def share(case: Case, world: World, *sections: Section, agency: Agency | None = None) -> SharingGrant:
    """The case shared with the school, or another agency, for thirty days."""
    return services.share_case(
        case,
        agency=agency or world.school,
        sections=sections or (Section.CONCERN,),
        purpose="Support at school",
        legal_basis="Public task",
        until=START + timedelta(days=30),
        by=world.officer,
    )
