"""What can be done with campaigns. Each is one transaction with an audit entry; whether it may happen:
`counterpoint.campaigns.policies`; who may: `counterpoint.campaigns.permissions`."""

from counterpoint.campaigns.services.exports import export_finding
from counterpoint.campaigns.services.findings import add_act, judge, send_to_assessment
from counterpoint.campaigns.services.runs import ask_run, follow_into
from counterpoint.campaigns.services.snapshots import delete_snapshot, point_at_snapshot, upload_snapshot

__all__ = [
    "add_act",
    "ask_run",
    "delete_snapshot",
    "export_finding",
    "follow_into",
    "judge",
    "point_at_snapshot",
    "send_to_assessment",
    "upload_snapshot",
]
