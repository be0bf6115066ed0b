"""What agencies do together. Each is one transaction with one audit entry of its own; whether it may happen:
`counterpoint.partners.policies`; who may: `counterpoint.partners.permissions`."""

from counterpoint.partners.services.information import (
    answer_request,
    ask_information,
    decline_request,
    withdraw_request,
)
from counterpoint.partners.services.transfers import accept_transfer, offer_transfer, reject_transfer, revoke_transfer

__all__ = [
    "accept_transfer",
    "answer_request",
    "ask_information",
    "decline_request",
    "offer_transfer",
    "reject_transfer",
    "revoke_transfer",
    "withdraw_request",
]
