"""Exports: what goes is valid by the formats' own libraries, the same each time, and names no account."""

import json
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from uuid import UUID

import jsonschema
import pymisp
import pytest
import stix2
from stix2validator import ValidationOptions
from stix2validator.v21.musts import list_musts
from tests.campaigns.making import a_finding, an_outcome, thing

from counterpoint.access.types import Role
from counterpoint.audit.models import AuditEntry
from counterpoint.campaigns import selectors, services
from counterpoint.campaigns.exchange import Shared, SharedThing, shared_of, steady_id
from counterpoint.campaigns.exchange.misp import misp_event
from counterpoint.campaigns.exchange.stix import stix_bundle
from counterpoint.campaigns.models import Disclosure
from counterpoint.campaigns.types import ExportFormat, FindingState, NotAsAsked, ThingKind, Tlp

AT = datetime(2026, 3, 4, 5, 6, 7, 89_000, tzinfo=UTC)
MISP_SCHEMA = json.loads((Path(pymisp.__file__).parent / "data" / "schema-lax.json").read_text())


def a_shared(*things: SharedThing, tlp: Tlp = Tlp.AMBER) -> Shared:
    return Shared(
        id=UUID("01890000-0000-7000-8000-000000000001"),
        organisation="Northmoor Council",
        organisation_id=UUID("01890000-0000-7000-8000-000000000002"),
        tlp=tlp,
        detector="Sharing beyond chance",
        made_at=AT,
        judged_at=AT.replace(day=6),
        first_at=AT.replace(day=1),
        last_at=AT.replace(day=2),
        accounts=6,
        posts=12,
        statistic="shares",
        value=12,
        expected=1.5,
        null="Chance.",
        innocent="A club.",
        stability=0.95,
        things=things,
        left_out=2,
    )


def shared_thing(kind: ThingKind, value: str) -> SharedThing:
    return SharedThing(kind, value, 6, 5, AT, AT)


EVERYTHING = [
    shared_thing(ThingKind.URL, "https://leaflets.example/p/1?x='quoted'"),
    shared_thing(ThingKind.URL, "https://пример.example/лист"),
    shared_thing(ThingKind.HASHTAG, "#northmoorrises"),
    shared_thing(ThingKind.MEDIA, "a" * 64),
    shared_thing(ThingKind.MEDIA, "B" * 40),
    shared_thing(ThingKind.MEDIA, "c" * 32),
    shared_thing(ThingKind.MEDIA, "pdq:f00"),
    shared_thing(ThingKind.TEXT, "d" * 64),
]
SHAPES = [EVERYTHING, [], [shared_thing(ThingKind.HASHTAG, "#only")], EVERYTHING[:1]]


@pytest.mark.parametrize("things", SHAPES)
@pytest.mark.parametrize("tlp", list(Tlp))
def test_stix_is_read_by_its_library_and_held_to_the_standards_musts(things, tlp):
    """The validator's package comes without the JSON schemas; its checks of what the standard says MUST be are run."""
    made = stix_bundle(a_shared(*things, tlp=tlp))
    checks = [check for check in list_musts(ValidationOptions(version="2.1")) if check.__name__ != "patterns"]
    assert len(checks) > 10
    wrong = [str(error) for each in json.loads(made)["objects"] for check in checks for error in check(each) or ()]
    assert not wrong
    bundle = stix2.parse(made.decode())
    kinds = [each["type"] for each in bundle.objects]
    assert kinds.count("grouping") == 1
    assert kinds.count("url") == sum(each.kind is ThingKind.URL for each in things)
    marked = [each for each in bundle.objects if each["type"] not in ("identity", "marking-definition")]
    assert all(each["object_marking_refs"] for each in marked)


@pytest.mark.parametrize("things", SHAPES)
@pytest.mark.parametrize("tlp", list(Tlp))
def test_misp_is_valid_by_misps_own_schema_and_read_by_its_library(things, tlp):
    made = misp_event(a_shared(*things, tlp=tlp))
    jsonschema.validate(json.loads(made), MISP_SCHEMA)
    event = pymisp.MISPEvent()
    event.load(BytesIO(made), validate=False)
    assert next(tag.name for tag in event.tags) == f"tlp:{tlp}"
    values = {attribute.value for attribute in event.attributes}
    assert {each.value for each in things} <= values
    assert not any(attribute.to_ids for attribute in event.attributes), "nothing blocks by itself"


@pytest.mark.parametrize("maker", [stix_bundle, misp_event])
def test_the_same_finding_gives_the_same_bytes(maker):
    assert maker(a_shared(*EVERYTHING)) == maker(a_shared(*EVERYTHING))


def test_ids_are_shaped_as_random_and_differ_by_what_they_name():
    one, two = steady_id("finding", 1), steady_id("observed", 1)
    assert one == steady_id("finding", 1) != two
    assert (one.version, one.variant) == (4, "specified in RFC 4122")


ACCOUNT_ADDRESSES = [
    "https://social.example/@someone",
    "https://social.example/@someone/112233",
    "https://social.example/users/someone",
    "https://social.example/u/someone",
    "https://social.example/someone/status/99",
    "https://social.example/profile/12",
    "https://social.example/profile.php?id=12",
    "https://social.example/watch?user=someone",
    "https://someone:word@host.example/page",
    "http://[broken",
]


@pytest.mark.django_db
@pytest.mark.parametrize("address", ACCOUNT_ADDRESSES)
def test_addresses_that_name_accounts_stay_here(cast, address):
    finding = a_finding(cast, state=FindingState.CONFIRMED)
    content = {**an_outcome()["findings"][0], "things": [thing("url", "key", address)]}
    shared = shared_of(finding, content, organisation="x", organisation_id=finding.pk, tlp=Tlp.GREEN)
    assert (list(shared.things), shared.left_out) == ([], 1)


@pytest.mark.django_db
@pytest.mark.parametrize("as_format", list(ExportFormat))
def test_an_export_names_no_account_and_is_a_disclosure(cast, as_format):
    finding, analyst = a_finding(cast, state=FindingState.CONFIRMED), cast[Role.ANALYST]
    given = {"tlp": Tlp.GREEN, "recipient": "Moorside Analysts", "purpose": "To look in their own posts", "by": analyst}
    made = services.export_finding(finding.pk, as_format=as_format, **given)
    again = services.export_finding(finding.pk, as_format=as_format, **given)
    assert made.content == again.content
    text = made.content.decode()
    content = selectors.finding(analyst, finding.pk).content
    for row in content["account_rows"]:
        assert row["account"] not in text
    for word in ("acct_", "square", "@…", '"p1"', analyst.name, analyst.email, "Northmoor, first week"):
        assert word not in text, word
    assert "https://leaflets.example/p/1" in text
    assert "#northmoorrises" in text
    rows = Disclosure.objects.all()
    assert [(row.recipient, row.purpose, row.sha256) for row in rows] == [
        ("Moorside Analysts", "To look in their own posts", rows[0].sha256)
    ] * 2
    entry = AuditEntry.objects.filter(action="finding.disclosed").first()
    assert entry.purpose == "To look in their own posts"
    assert entry.detail["recipient"] == "Moorside Analysts"
    shown = selectors.disclosures(cast[Role.AUDITOR])
    assert [row.recipient for row in shown] == ["Moorside Analysts"] * 2


@pytest.mark.django_db
def test_an_export_needs_recipient_and_purpose(cast):
    finding = a_finding(cast, state=FindingState.CONFIRMED)
    with pytest.raises(NotAsAsked) as refused:
        services.export_finding(
            finding.pk, as_format=ExportFormat.STIX, tlp=Tlp.GREEN, recipient=" ", purpose="", by=cast[Role.ANALYST]
        )
    assert {lack.field for lack in refused.value.lacks} == {"recipient", "purpose"}
    assert not Disclosure.objects.exists()


def test_the_moments_are_those_of_the_finding():
    bundle = json.loads(stix_bundle(a_shared(*EVERYTHING)))
    seen = next(each for each in bundle["objects"] if each["type"] == "observed-data")
    assert seen["first_observed"].startswith("2026-03-01")
