"""A finding as a MISP event in MISP's JSON format. The library is used for the format alone; nothing is sent."""

import json
import re
from typing import Any

from pymisp import MISPEvent

from counterpoint.campaigns.exchange import Shared, SharedThing, steady_id
from counterpoint.campaigns.types import ThingKind

_DIGESTS = {32: "md5", 40: "sha1", 64: "sha256"}
_HEX = re.compile(r"[0-9a-fA-F]+")
_ONLY_OURSELVES, _UNDEFINED, _COMPLETED = 0, 4, 2
_TAGS = ('counterpoint:finding="coordination"', 'counterpoint:judged-by="person"')


def misp_event(shared: Shared) -> bytes:
    """The event as JSON. The same finding, judged at the same moment, gives the same bytes."""
    event = MISPEvent()
    event.uuid = str(steady_id("misp", shared.id))
    event.info = f"Coordinated pushing of material: {shared.detector.lower()}"
    event.distribution = _ONLY_OURSELVES  # whom it may go on to is the receiver's to set, within the TLP tag
    event.threat_level_id = _UNDEFINED
    event.analysis = _COMPLETED
    event.set_date(shared.first_at.date())
    event.timestamp = shared.judged_at
    for tag in (f"tlp:{shared.tlp}", *_TAGS):
        event.add_tag(tag)
    _add(event, shared, "summary", type="comment", category="Other", value=shared.summary)
    _add(event, shared, "first", type="datetime", category="Other", value=shared.first_at, comment="first post")
    _add(event, shared, "last", type="datetime", category="Other", value=shared.last_at, comment="last post")
    for number, thing in enumerate(shared.things):
        _add(event, shared, f"thing-{number}", **_attribute(thing))
    if shared.left_out:
        text = f"{shared.left_out} addresses or hashtags were left out because they name an account."
        _add(event, shared, "left-out", type="comment", category="Other", value=text)
    return json.dumps({"Event": json.loads(event.to_json())}, indent=1, sort_keys=True).encode()


def _attribute(thing: SharedThing) -> dict[str, Any]:
    told = {"comment": f"{thing.accounts} accounts, {thing.posts} posts", "value": thing.value}
    if thing.kind is ThingKind.URL:
        return {**told, "type": "url", "category": "Network activity"}
    if thing.kind is ThingKind.MEDIA and _HEX.fullmatch(thing.value) and len(thing.value) in _DIGESTS:
        return {**told, "type": _DIGESTS[len(thing.value)], "category": "Payload delivery"}
    if thing.kind is ThingKind.TEXT:
        return {**told, "type": "other", "category": "Other", "comment": f"wording, SHA-256; {told['comment']}"}
    name = "hashtag" if thing.kind is ThingKind.HASHTAG else "file"
    return {**told, "type": "text", "category": "Other", "comment": f"{name}; {told['comment']}"}


def _add(event: MISPEvent, shared: Shared, name: str, **given: Any) -> None:
    """An attribute for people to read: nothing in it is meant to block automatically."""
    event.add_attribute(
        **given, uuid=str(steady_id("misp", shared.id, name)), to_ids=False, disable_correlation=False,
        timestamp=shared.judged_at,
    )  # fmt: skip
