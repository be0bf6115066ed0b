"""What every test gets: both databases, and no record keys left over from a rolled-back test."""

import os

import pytest

BOTH = ["default", "keys"]
_DATABASE_FIXTURES = {"db", "transactional_db", "live_server", "served"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests marked `django_db` reach both databases: a record and its key are never apart. On PostgreSQL only those run
    that ask for a database: to the others it is all one, and the units run them."""
    if os.environ.get("COUNTERPOINT_TEST_DATABASE"):
        config.hook.pytest_deselected(items=[item for item in items if not _asks_for_a_database(item)])
        items[:] = [item for item in items if _asks_for_a_database(item)]
    for item in items:
        marker = item.get_closest_marker("django_db")
        if marker is not None and "databases" not in marker.kwargs:
            item.add_marker(pytest.mark.django_db(**{**marker.kwargs, "databases": BOTH}), append=False)


def _asks_for_a_database(item: pytest.Item) -> bool:
    """By its mark or by a fixture; without either of them pytest-django lets no test reach one."""
    is_marked = any(item.get_closest_marker(name) is not None for name in ("django_db", "postgres"))
    return is_marked or not _DATABASE_FIXTURES.isdisjoint(getattr(item, "fixturenames", _DATABASE_FIXTURES))


@pytest.fixture(autouse=True)
def _fresh_keys() -> None:
    from counterpoint.base import keyring

    keyring.forget_stock()
