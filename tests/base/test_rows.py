import pytest
from django.db import DatabaseError, IntegrityError, transaction
from tests import cast
from tests.intake.telling import a_referral, the_england_pack

from counterpoint.access.models import Agency
from counterpoint.access.types import Role
from counterpoint.audit.models import AuditEntry
from counterpoint.base import clock, ids
from counterpoint.base.rows import change, change_version, insert, one_or_none
from counterpoint.intake.models import Draft, Referral

pytestmark = pytest.mark.django_db


def test_the_row_or_none(django_assert_num_queries):
    council = cast.an_agency("Northmoor Council")
    with django_assert_num_queries(2):
        assert one_or_none(Agency.objects.filter(pk=council.pk)) == council
        assert one_or_none(Agency.objects.filter(name="Nowhere")) is None


def test_it_does_not_sort(django_assert_num_queries):
    with django_assert_num_queries(1) as asked:
        one_or_none(Agency.objects.order_by("name").values_list("pk", flat=True))
    assert "ORDER BY" not in asked.captured_queries[0]["sql"]


def a_draft(**changes) -> Draft:
    values = {
        "lookup": "a" * 64,
        "question_set": "concern_public",
        "sealed_answers": b"\x00sealed",
        "updated_at": clock.now(),
    }
    return Draft(**{**values, **changes})


def test_a_row_is_written_as_save_writes_it():
    row = insert(a_draft())
    assert not row._state.adding
    kept = Draft.objects.get(pk=row.pk)
    for field in Draft._meta.concrete_fields:
        written, read = getattr(row, field.attname), getattr(kept, field.attname)
        assert (bytes(read) if isinstance(read, memoryview) else read) == written, field.name
    row.question_set = "advice"
    row.save()
    assert Draft.objects.get().question_set == "advice"


def test_the_database_gives_the_number():
    cast.an_agency("Northmoor Council")
    entries = [
        AuditEntry(id=ids.new_id(), at=clock.now(), actor_kind="system", actor_id="a test", action="test.written",
                   subject_kind="test", subject_id=ids.new_id(), detail={"count": number, "note": "“quoted”"},
                   salts={}, commitments={})
        for number in range(2)
    ]  # fmt: skip
    numbers = [insert(entry).pk for entry in entries]
    assert numbers[1] == numbers[0] + 1
    assert AuditEntry.objects.get(pk=numbers[1]).detail == {"count": 1, "note": "“quoted”"}


def test_what_is_there_already_is_refused_and_nothing_of_it_written():
    insert(a_draft())
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(a_draft())
    assert Draft.objects.count() == 1
    with transaction.atomic():
        with pytest.raises(IntegrityError):
            insert(a_draft())
        assert transaction.get_rollback()  # what failed half way goes on with nothing


def test_one_version_is_changed_once():
    row = insert(a_draft())
    changes = {"question_set": "advice", "sealed_answers": b"\x01other"}
    assert change_version(Draft, row.pk, expected_version=1, changes=changes)
    assert not change_version(Draft, row.pk, expected_version=1, changes={"question_set": "lost"})
    assert not change_version(Draft, ids.new_id(), expected_version=1, changes={"question_set": "lost"})
    for impossible in (-1, 2**31 - 1, 2**63, 10**30):
        assert not change_version(Draft, row.pk, expected_version=impossible, changes={"question_set": "lost"})
    kept = Draft.objects.get()
    assert (kept.version, kept.question_set, bytes(kept.sealed_answers)) == (2, "advice", b"\x01other")


def test_a_relation_is_changed_by_its_row_or_by_its_key():
    the_england_pack()
    town = cast.a_cast()
    referral = a_referral()
    officer, other = town[Role.TRIAGE_OFFICER], town[Role.SUPERVISOR]
    assert change_version(Referral, referral.pk, expected_version=referral.version, changes={"assigned_to": officer})
    changes = {"assigned_to_id": other.pk}
    assert change_version(Referral, referral.pk, expected_version=referral.version + 1, changes=changes)
    assert Referral.objects.get().assigned_to == other


def test_rows_that_fit_are_changed_and_counted():
    for lookup, question_set in (("a", "advice"), ("b", "advice"), ("c", "concern_public")):
        insert(a_draft(lookup=lookup * 64, question_set=question_set))
    where = {"question_set": "advice", "version": 1}
    assert change(Draft, where=where, changes={"version": 7}) == 2
    assert change(Draft, where=where, changes={"version": 8}) == 0
    assert sorted(Draft.objects.values_list("lookup", "version")) == [("a" * 64, 7), ("b" * 64, 7), ("c" * 64, 1)]


def test_what_holds_nothing_is_found_by_none():
    the_england_pack()
    town = cast.a_cast()
    referral = a_referral()
    officer = town[Role.TRIAGE_OFFICER]
    where = {"pk": referral.pk, "assigned_to": None}
    assert change(Referral, where=where, changes={"assigned_to": officer}) == 1
    assert change(Referral, where=where, changes={"assigned_to": officer}) == 0
    assert change(Referral, where={"assigned_to": officer}, changes={"assigned_to": None}) == 1
    assert Referral.objects.get().assigned_to is None


def test_some_fields_are_saved_and_no_other():
    row = insert(a_draft())
    row.question_set, row.lookup = "advice", "b" * 64
    row.save(update_fields=["question_set"])
    kept = Draft.objects.get()
    assert (kept.question_set, kept.lookup) == ("advice", "a" * 64)
    Draft.objects.all().delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        row.save(update_fields=["question_set"])
