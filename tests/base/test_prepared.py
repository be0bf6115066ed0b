from datetime import timedelta
from threading import Thread

import pytest
from django.db import connection, transaction
from django.db.models import OuterRef, Subquery
from django.test.utils import CaptureQueriesContext
from tests import cast

from counterpoint.access.models import Agency, Recusal, Staff
from counterpoint.access.types import Role, SubjectKind
from counterpoint.base import clock, ids
from counterpoint.base.prepared import Prepared

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff():
    council, schools = cast.an_agency("Northmoor Council"), cast.an_agency("Northmoor Schools")
    return [
        cast.a_person(f"{role} of {agency.name}", agency, [role])
        for role in (Role.CALL_HANDLER, Role.SUPERVISOR)
        for agency in (council, schools)
    ]


QUESTIONS = {
    "rows": lambda agency: Staff.objects.filter(agency_id=agency).order_by("name"),
    "with related": lambda agency: Staff.objects.select_related("agency").filter(agency_id=agency).order_by("pk"),
    "some columns": lambda agency: Staff.objects.only("name").filter(agency_id=agency).order_by("pk"),
    "tuples": lambda agency: Staff.objects.filter(agency_id=agency).order_by("pk").values_list("pk", "agency__name"),
    "flat": lambda agency: Staff.objects.filter(agency_id=agency).order_by("-pk").values_list("joined_at", flat=True),
    "annotated": lambda agency: (
        Staff.objects.filter(agency_id=agency)
        .order_by("pk")
        .annotate(of=Subquery(Agency.objects.filter(pk=OuterRef("agency_id")).values("name")[:1]))
    ),
    "by a row": lambda agency: Staff.objects.filter(agency=agency).order_by("pk"),
    "with constants": lambda agency: (
        Staff.objects.filter(is_active=True, agency_id=agency).exclude(name="").order_by("pk")
    ),
}


def seen(row):
    return {name: value for name, value in vars(row).items() if name != "_state"} if isinstance(row, Staff) else row


@pytest.mark.parametrize("name", QUESTIONS)
def test_what_the_orm_would_have_given(staff, name, django_assert_num_queries):
    question, prepared = QUESTIONS[name], Prepared(QUESTIONS[name])
    for agency in [*Agency.objects.all(), *Agency.objects.all()]:
        expected = list(question(agency.pk))
        assert expected
        with django_assert_num_queries(3):
            found, first, some = prepared.all(agency.pk), prepared.one(agency.pk), prepared.any(agency.pk)
        assert [seen(row) for row in found] == [seen(row) for row in expected]
        assert seen(first) == seen(expected[0])
        assert some
    assert (prepared.all(ids.new_id()), prepared.one(ids.new_id()), prepared.any(ids.new_id())) == ([], None, False)


def test_rows_are_as_those_of_the_orm(staff, django_assert_num_queries):
    prepared = Prepared(QUESTIONS["with related"])
    row = prepared.one(staff[0].agency_id)
    with django_assert_num_queries(0):
        assert row.agency.name == "Northmoor Council"
    row.name = "another"
    row.save()
    row.refresh_from_db()
    assert row.name == "another"


def test_values_of_every_kind(staff):
    at, subject = clock.now(), ids.new_id()
    for viewer, hours in zip(staff, range(4), strict=True):
        Recusal.objects.create(staff=viewer, subject_kind=SubjectKind.CASE, subject_id=subject, reason="friends",
                               lifted_at=at + timedelta(hours=hours), recorded_by=viewer)  # fmt: skip
    prepared = Prepared(lambda kind, subject_id, since: Recusal.objects.filter(
        subject_kind=kind, subject_id=subject_id, lifted_at__gt=since).order_by("lifted_at"))  # fmt: skip
    found = prepared.all(SubjectKind.CASE, subject, at)
    assert [row.staff_id for row in found] == [viewer.pk for viewer in staff[1:]]
    assert prepared.all(SubjectKind.REFERRAL, subject, at) == []
    assert Prepared(lambda viewer: Recusal.objects.filter(staff=viewer)).one(staff[0]).staff_id == staff[0].pk


def test_it_sorts_only_where_the_question_says_so(staff, django_assert_num_queries):
    by_moment = Prepared(lambda agency: Staff.objects.filter(agency_id=agency))
    with django_assert_num_queries(1) as captured:
        by_moment.one(staff[0].agency_id)
    assert "ORDER BY" not in captured.captured_queries[0]["sql"]


def test_none_is_refused():
    prepared = Prepared(lambda agency: Staff.objects.filter(agency_id=agency))
    with pytest.raises(ValueError, match="No value for agency"):
        prepared.one(None)
    with pytest.raises(ValueError, match="argument"):
        prepared.one()


def test_other_threads_ask_through_their_own_connection(staff):
    prepared = Prepared(lambda number: Agency.objects.filter(name=number).values_list("pk", flat=True))
    assert prepared.all("Northmoor Council")
    mine, theirs = connection.connection, []

    def ask():
        try:
            prepared.all("Northmoor Council")
            theirs.append(connection.connection)
        finally:
            connection.close()

    thread = Thread(target=ask)
    thread.start()
    thread.join()
    assert theirs
    assert theirs[0] is not mine


@pytest.mark.django_db(transaction=True)
def test_rows_are_locked_within_a_transaction_only():
    prepared = Prepared(lambda agency: Agency.objects.select_for_update().filter(pk=agency))
    council = cast.an_agency("Northmoor Council")
    with transaction.atomic(), CaptureQueriesContext(connection) as captured:
        assert prepared.one(council.pk) == council
    if connection.features.has_select_for_update:
        assert "FOR UPDATE" in captured[0]["sql"]
        with pytest.raises(transaction.TransactionManagementError):
            prepared.one(council.pk)
    else:
        assert prepared.one(council.pk) == council
