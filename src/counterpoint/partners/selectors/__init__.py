"""What may be read of working with other agencies, the viewer first. What is opened is audited with its purpose."""

from counterpoint.partners.selectors.disclosures import disclosures_logged, disclosures_of_case
from counterpoint.partners.selectors.information import (
    answers_for,
    request_for,
    requests_of_case,
    requests_to,
    requests_waiting_for,
    steps_to_ask,
)
from counterpoint.partners.selectors.transfers import (
    case_after,
    other_lead_agencies,
    transfer_for,
    transfers_of,
    transfers_of_case,
    transfers_waiting_for,
)

__all__ = [
    "answers_for",
    "case_after",
    "disclosures_logged",
    "disclosures_of_case",
    "other_lead_agencies",
    "request_for",
    "requests_of_case",
    "requests_to",
    "requests_waiting_for",
    "steps_to_ask",
    "transfer_for",
    "transfers_of",
    "transfers_of_case",
    "transfers_waiting_for",
]
