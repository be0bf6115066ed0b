"""Opening a case for a referral."""

from datetime import datetime

from counterpoint.access.models import Staff
from counterpoint.base.errors import Fault
from counterpoint.cases.models import Case, CaseReferral
from counterpoint.intake.models import Referral


def open_case(referral: Referral, *, lead_officer: Staff, by: Staff, at: datetime) -> Case:
    """The case of this referral, opened with the pack's `case` process unless it was before (then nothing changes).

    Raises NotPossible with all that stands against it, NotAllowed."""
    link = CaseReferral.objects.select_related("case").filter(referral=referral).first()
    if link is not None:
        return link.case
    raise Fault("the kernel's processes are not there yet")
