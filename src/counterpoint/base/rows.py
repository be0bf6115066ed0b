"""Asking for one row."""

from typing import TypeVar

from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)
R = TypeVar("R")


def one_or_none(rows: "QuerySet[M, R]") -> R | None:
    """The row, or None, of a query that can find one at most. `.first()` would sort by key, and putting that together
    costs as much again as the query."""
    return next(iter(rows.order_by()[:1]), None)
