"""Which items may be known to a viewer's agency at all: asked by the query itself."""

from django.db.models import QuerySet

from counterpoint.access.models import Staff
from counterpoint.base import clock
from counterpoint.cases.sharing import running_grants
from counterpoint.panels.models import AgendaItem


def known_items(viewer: Staff, rows: QuerySet[AgendaItem]) -> QuerySet[AgendaItem]:
    """Of these items, those that may be known to the viewer's agency: for a partner those of cases that it was given.
    Each is asked for by itself afterwards; but what is left out here costs no time that would tell that it is there."""
    if viewer.agency.is_lead:
        return rows
    given = running_grants(at=clock.now()).filter(agency_id=viewer.agency_id)
    return rows.filter(case_id__in=given.values("case_id"))
