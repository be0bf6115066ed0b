"""What replaying a table over past referrals reads of them."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from counterpoint.base import keyring
from counterpoint.triage.models import Verdict

Row = tuple[UUID, UUID, str]  # referral, its record key, its kind


def span_of(rows: Sequence[Row]) -> Mapping[str, UUID]:
    """The filter for what belongs to these referrals, which come in the order of their ids."""
    return {"referral_id__gte": rows[0][0], "referral_id__lte": rows[-1][0]}


def sealed_facts(rows: Sequence[Row]) -> dict[UUID, bytes | None]:
    """The facts that were sealed with each referral's newest verdict, as JSON; None where they were erased."""
    keys = {referral_id: key_id for referral_id, key_id, _ in rows}
    verdicts = Verdict.objects.filter(**span_of(rows)).order_by("referral_id", "at", "id")
    newest = {
        referral_id: (verdict_id, sealed)
        for referral_id, verdict_id, sealed in verdicts.values_list("referral_id", "pk", "sealed_facts")
        if referral_id in keys
    }
    opened = keyring.unseal_many(
        (keys[referral_id], bytes(sealed), f"verdict.sealed_facts:{verdict_id}")
        for referral_id, (verdict_id, sealed) in newest.items()
    )
    return dict(zip(newest, opened, strict=True))
