"""A finding as a STIX 2.1 bundle: what was pushed as observables, when as observed data, and the judgement as a
grouping with a note. Source: STIX 2.1, OASIS standard of 10 June 2021."""

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import stix2  # type: ignore[import-untyped] # ships no types

from counterpoint.campaigns.exchange import Shared, SharedThing, steady_id
from counterpoint.campaigns.types import ThingKind, Tlp

_MARKINGS = {Tlp.CLEAR: stix2.TLP_WHITE, Tlp.GREEN: stix2.TLP_GREEN, Tlp.AMBER: stix2.TLP_AMBER}
_DIGESTS = {32: "MD5", 40: "SHA-1", 64: "SHA-256"}
_HEX = re.compile(r"[0-9a-fA-F]+")
_SINCE = datetime(2026, 1, 1, tzinfo=UTC)  # of identities, whose dates mean nothing here


def stix_bundle(shared: Shared) -> bytes:
    """The bundle as JSON. The same finding, judged at the same moment, gives the same bytes."""
    marking = _MARKINGS[shared.tlp]
    us = stix2.Identity(
        id=f"identity--{steady_id('agency', shared.organisation_id)}",
        name=shared.organisation,
        identity_class="organization",
        created=_SINCE,
        modified=_SINCE,
    )
    observables = [made for thing in shared.things if (made := _observable(thing, marking)) is not None]
    common: dict[str, Any] = {
        "created": shared.made_at,
        "modified": shared.judged_at,
        "created_by_ref": us.id,
        "object_marking_refs": [marking.id],
    }
    objects: list[Any] = [marking, us, *observables]
    named = [made.id for made in observables]
    if observables:
        seen = stix2.ObservedData(
            id=f"observed-data--{steady_id('observed', shared.id)}",
            first_observed=shared.first_at,
            last_observed=shared.last_at,
            number_observed=min(max(shared.posts, 1), 999_999_999),
            object_refs=named,
            **common,
        )
        objects.append(seen)
        named = [seen.id, *named]
    note = stix2.Note(
        id=f"note--{steady_id('note', shared.id)}",
        abstract="What was seen, the statistic, and what would make it innocent",
        content=_told(shared),
        object_refs=named or [us.id],
        **common,
    )
    grouping = stix2.Grouping(
        id=f"grouping--{steady_id('finding', shared.id)}",
        name=f"Coordinated pushing of material: {shared.detector.lower()}",
        description=shared.summary,
        context="suspicious-activity",
        object_refs=[note.id, *named],
        **common,
    )
    bundle = stix2.Bundle(
        id=f"bundle--{steady_id('bundle', shared.id, shared.tlp, shared.judged_at.isoformat())}",
        objects=[*objects, note, grouping],
    )
    return json.dumps(json.loads(bundle.serialize()), indent=1, sort_keys=True).encode()


def _observable(thing: SharedThing, marking: Any) -> Any:
    if thing.kind is ThingKind.URL:
        return stix2.URL(value=thing.value, object_marking_refs=[marking.id])
    if thing.kind is ThingKind.MEDIA and _HEX.fullmatch(thing.value) and len(thing.value) in _DIGESTS:
        return stix2.File(hashes={_DIGESTS[len(thing.value)]: thing.value.lower()}, object_marking_refs=[marking.id])
    return None


def _told(shared: Shared) -> str:
    """The summary, and the things that have no observable of their own."""
    parts = [shared.summary]
    parts += _listed("Hashtags", [thing for thing in shared.things if thing.kind is ThingKind.HASHTAG])
    parts += _listed("Wordings, as SHA-256", [thing for thing in shared.things if thing.kind is ThingKind.TEXT])
    if shared.left_out:
        parts.append(f"{shared.left_out} addresses or hashtags were left out because they name an account.")
    return "\n".join(parts)


def _listed(head: str, things: Sequence[SharedThing]) -> list[str]:
    rows = [f"{thing.value} ({thing.accounts} accounts, {thing.posts} posts)" for thing in things]
    return [f"{head}: {'; '.join(rows)}"] if rows else []
