"""What can be done with a case. Each is one transaction with one audit entry; whether it may happen:
`counterpoint.cases.policies`; who may: `counterpoint.cases.permissions`."""

from counterpoint.cases.services.opening import open_case

__all__ = ["open_case"]
