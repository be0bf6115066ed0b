"""What every test gets: both databases, and no record keys left over from a rolled-back test."""

import pytest

BOTH = ["default", "keys"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests marked `django_db` reach both databases: a record and its key are never apart."""
    for item in items:
        marker = item.get_closest_marker("django_db")
        if marker is not None and "databases" not in marker.kwargs:
            item.add_marker(pytest.mark.django_db(**{**marker.kwargs, "databases": BOTH}), append=False)


@pytest.fixture(autouse=True)
def _fresh_keys() -> None:
    from counterpoint.base import keyring

    keyring.forget_stock()
