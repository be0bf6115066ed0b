"""What the council signed with its partners before the town's first day: as far as the town's casework shares."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from counterpoint.access.models import Agency, Staff
from counterpoint.access.policies import local_day
from counterpoint.access.services import approve_agreement, propose_agreement
from counterpoint.access.types import NewAgreement, Role, Section
from counterpoint.base import clock
from counterpoint.config.northmoor.town import Town

_MOST = timedelta(days=5 * 365)


def sign_agreements(town: Town, agencies: Mapping[str, Agency], staff: Mapping[str, Staff], *, until: datetime) -> None:
    """An agreement in force from today for each sharing that the words of casework and of the panel name. until: its
    last day, within five years."""
    first, second = [person for person in staff.values() if Role.SUPERVISOR in person.role_names][:2]
    today = local_day(clock.now())
    panel = town.path["agreement"]
    covered = [*panel["sections"], *panel["for_the_panel"]]
    for number, terms in enumerate(
        [*town.casework["sharing"], *({**panel, "agency": each, "sections": covered} for each in panel["agencies"])], 1
    ):
        agreement = NewAgreement(
            reference=f"ISA-{today.year}-{number:02}",
            sections=tuple(Section(name) for name in terms["sections"]),
            purposes=(terms["purpose"],),
            legal_bases=(terms["basis"],),
            valid_from=today,
            valid_until=min(local_day(until), today + _MOST),
        )
        row = propose_agreement(agreement, partner=agencies[terms["agency"]], by=first)
        approve_agreement(row.pk, by=second, expected_version=row.version)
