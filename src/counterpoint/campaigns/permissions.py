"""Who may do what with campaigns. Whether it may happen at all: `counterpoint.campaigns.policies`; who may use which
page: `counterpoint.access.permissions`."""

from counterpoint.access.models import Staff
from counterpoint.access.permissions import check_holds
from counterpoint.access.types import Role


def check_analyses(by: Staff) -> None:
    """Takes snapshots in, runs, judges, sends, exports. Raises NotAllowed."""
    check_holds(by, Role.ANALYST)


def check_reads_campaigns(viewer: Staff) -> None:
    """Reads runs and findings, texts included. Raises NotAllowed."""
    check_holds(viewer, Role.ANALYST, Role.CONTENT_REVIEWER)


def check_reads_disclosures(viewer: Staff) -> None:
    """Reads what was exported, to whom and why. Raises NotAllowed."""
    check_holds(viewer, Role.ANALYST, Role.AUDITOR)
