"""What of a finding may leave: objects, addresses, hashtags, digests, times and statistics. No account, hashed or not,
no post, no text; and no address or hashtag that names an account. The formats see only this value."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from counterpoint.campaigns.models import Finding
from counterpoint.campaigns.types import Detector, ThingKind, Tlp

MOST_SHARED = 200
# Parts of an address that name an account or one account's post, on platforms of many makes.
_NAMES_ACCOUNT = re.compile(
    r"/@|/~|/(?:users?|u|profiles?|people|accounts?|members?|authors?|in|c|channels?|user_?id|status|statuses|posts?)(?:/|$)",
    re.IGNORECASE,
)
_ACCOUNT_PARAMETERS = re.compile(
    r"(?:^|[?&;])(?:user|username|account|profile|author|id|uid|handle)(?:_?id)?=", re.IGNORECASE
)


@dataclass(frozen=True)
class SharedThing:
    """One object that was pushed. value: an address, a hashtag with its sign, or a digest in hex."""

    kind: ThingKind
    value: str
    posts: int
    accounts: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True)
class Shared:
    """A finding as others may have it. left_out: things that would have named an account."""

    id: UUID
    organisation: str
    organisation_id: UUID
    tlp: Tlp
    detector: str
    made_at: datetime
    judged_at: datetime
    first_at: datetime
    last_at: datetime
    accounts: int
    posts: int
    statistic: str
    value: float
    expected: float
    null: str
    innocent: str
    stability: float | None
    things: Sequence[SharedThing]
    left_out: int

    @property
    def summary(self) -> str:
        """The finding in words."""
        held = "" if self.stability is None else f" Found again in {self.stability:.0%} of resamples."
        return (
            f"{self.accounts} accounts, {self.posts} posts. Measured: {self.statistic}: {self.value:g}; expected "
            f"{self.expected:.3g}.{held} The null: {self.null} It would be innocent if: {self.innocent} A pattern of "
            "accounts that a person judged; no verdict, and nothing about who is behind an account."
        )


def shared_of(
    finding: Finding, content: Mapping[str, Any], *, organisation: str, organisation_id: UUID, tlp: Tlp
) -> Shared:
    """What may leave of this finding. content: as it is sealed in the row."""
    held = [thing for thing in content["things"] if thing["kind"] != ThingKind.REPOST]
    fit = [thing for thing in held if not _names_account(thing)]
    return Shared(
        id=finding.pk,
        organisation=organisation,
        organisation_id=organisation_id,
        tlp=tlp,
        detector=Detector(finding.detector).label,
        made_at=finding.created_at,
        judged_at=finding.judged_at or finding.created_at,
        first_at=finding.first_at,
        last_at=finding.last_at,
        accounts=finding.accounts,
        posts=finding.posts,
        statistic=_without_names(content["statistic"]),
        value=content["value"],
        expected=content["expected"],
        null=content["null"],
        innocent=content["innocent"],
        stability=content["stability"],
        things=[_shared(thing) for thing in fit[:MOST_SHARED]],
        left_out=len(held) - len(fit),
    )


def steady_id(*parts: object) -> UUID:
    """The same parts give the same id, so that a second export of a finding replaces the first: shaped as a random UUID
    (version 4), which the formats expect of objects that are not defined by their content."""
    return UUID(bytes=sha256("/".join(map(str, parts)).encode()).digest()[:16], version=4)


def _shared(thing: Mapping[str, Any]) -> SharedThing:
    kind = ThingKind(thing["kind"])
    value = (
        thing["key"] if kind is ThingKind.TEXT else _bare(thing["value"]) if kind is ThingKind.URL else thing["value"]
    )
    return SharedThing(
        kind, value, thing["posts"], thing["accounts"], _moment(thing["first_at"]), _moment(thing["last_at"])
    )


def _names_account(thing: Mapping[str, Any]) -> bool:
    if thing.get("names_account"):
        return True
    if thing["kind"] != ThingKind.URL:
        return False
    try:
        url = urlsplit(thing["value"])
    except ValueError:
        return True  # what cannot be read cannot be vouched for
    return bool(
        url.username or url.password or _NAMES_ACCOUNT.search(url.path) or _ACCOUNT_PARAMETERS.search(url.query)
    )


def _bare(address: str) -> str:
    """Without the part after #, which the server never sees and which may tell who shared it."""
    return address.partition("#")[0]


def _without_names(text: str) -> str:
    return re.sub(r"(?<!\w)@[\w.]+", "@…", text)


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
