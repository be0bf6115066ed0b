import pytest
from tests import cast

from counterpoint.access.models import Agency
from counterpoint.base.rows import one_or_none

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
