"""A confirmed finding for another organisation, without account holders' personal data. Each export is a disclosure."""

from collections.abc import Callable
from hashlib import sha256
from uuid import UUID

from django.db import transaction

from counterpoint.access.models import Staff
from counterpoint.audit import services as audit
from counterpoint.base import clock
from counterpoint.campaigns import envelope, policies
from counterpoint.campaigns.exchange import Shared, shared_of
from counterpoint.campaigns.models import Disclosure
from counterpoint.campaigns.permissions import check_analyses
from counterpoint.campaigns.services.findings import locked_finding, subject_of
from counterpoint.campaigns.types import Exported, ExportFormat, Tlp


@transaction.atomic
def export_finding(
    finding_id: UUID,
    *,
    as_format: ExportFormat,
    tlp: Tlp,
    recipient: str,
    purpose: str,
    by: Staff,
) -> Exported:
    """The finding as a STIX bundle or a MISP event; the disclosure is kept and audited.
    Raises NotAllowed, NotFound, NotPossible unless it is confirmed, NotAsAsked."""
    check_analyses(by)
    finding = locked_finding(finding_id)
    policies.check_confirmed(finding, what="Exporting")
    policies.check_disclosure(recipient=recipient, purpose=purpose)
    content = envelope.unseal(finding, "sealed_content", key_id=finding.key_id)
    shared = shared_of(finding, content, organisation=by.agency.name, organisation_id=by.agency_id, tlp=tlp)
    made = _maker(as_format)(shared)
    digest = sha256(made).hexdigest()
    Disclosure.objects.create(
        finding=finding,
        format=as_format,
        tlp=tlp,
        recipient=recipient.strip(),
        purpose=purpose.strip(),
        sha256=digest,
        by=by,
        at=clock.now(),
    )
    audit.record(
        "finding.disclosed",
        by=by.actor,
        about=subject_of(finding),
        purpose=purpose.strip(),
        detail={"format": str(as_format), "tlp": str(tlp), "recipient": recipient.strip(), "sha256": digest},
    )
    name = f"finding-{str(finding.pk)[-12:]}.{as_format}.json"
    media_type = "application/stix+json;version=2.1" if as_format is ExportFormat.STIX else "application/json"
    return Exported(name, media_type, made)


def _maker(as_format: ExportFormat) -> Callable[[Shared], bytes]:
    if as_format is ExportFormat.STIX:
        from counterpoint.campaigns.exchange.stix import stix_bundle

        return stix_bundle
    from counterpoint.campaigns.exchange.misp import misp_event

    return misp_event
