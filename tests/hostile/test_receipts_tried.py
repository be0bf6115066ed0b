"""Receipts tried by the thousand: bounded work, nobody locked out, and nothing to be learnt from an answer."""

import secrets
import threading
import time

import pytest
from django.test import Client
from tests.deployment import Deployment
from tests.hostile.conftest import CANARY, is_clear_refusal
from tests.visitor import Answer, Broken, Visitor

from counterpoint.base import clock
from counterpoint.intake import mailbox, receipts
from counterpoint.intake.arrivals import store_arrival
from counterpoint.intake.mailbox import WrongReceipt
from counterpoint.intake.types import ChannelName

TRIES = 1000
_BOUND_SECONDS = 240


def _a_sent_form(served: Deployment) -> str:
    visitor = Visitor(served.port)
    visitor.get(visitor.form(""))
    visitor.post(visitor.form("worry"), {"worry": CANARY})
    visitor.get(visitor.form("check-answers"))
    sent = visitor.post(visitor.form("check-answers"))
    assert sent.receipt
    return sent.receipt


def _try(visitor: Visitor, receipt: str) -> Answer:
    return visitor.post("/en/mailbox", {"receipt": receipt})


def test_a_thousand_tries_open_nothing_and_lock_nobody_out(served: Deployment) -> None:
    """Four strangers try a thousand receipts of the right form while one person opens the mailbox that is theirs."""
    receipt = _a_sent_form(served)
    statuses: list[int] = []
    over = threading.Event()

    def guess() -> None:
        stranger = Visitor(served.port, timeout_seconds=60)
        stranger.get("/en/mailbox")
        for _ in range(TRIES // 4):
            try:
                statuses.append(_try(stranger, receipts.new_receipt()).status)
            except Broken:
                statuses.append(0)

    strangers = [threading.Thread(target=guess) for _ in range(4)]
    began = time.monotonic()
    for stranger in strangers:
        stranger.start()
    opened = refused = 0
    while any(stranger.is_alive() for stranger in strangers) or not opened:
        honest = Visitor(served.port, timeout_seconds=60)
        honest.get("/en/mailbox")
        answer = _try(honest, receipt)
        opened += answer.status == 200 and answer.path.endswith("messages")
        refused += answer.status == 429
        over.wait(1)
    took = time.monotonic() - began
    for stranger in strangers:
        stranger.join()
    print(f"{TRIES} tries in {took:.0f} s; the owner opened it {opened} times, was asked to wait {refused} times")
    assert set(statuses) <= {422, 429}
    assert len(statuses) == TRIES
    assert opened > refused
    assert took < _BOUND_SECONDS


@pytest.mark.parametrize(
    "typed",
    [
        CANARY,
        CANARY * 5000,
        "\u202e" * 500,
        "1000 " * 8,
        "٠١٢٣ " * 8,
        "' OR 1=1 --",
        "\x00" * 50,
        "a " * 2000,
        "𝕒𝕓𝕒𝕔𝕦𝕤 " * 8,
        "{{ receipt }}",
    ],
)
def test_what_can_be_no_receipt_is_said_to_open_nothing(visitor: Visitor, typed: str) -> None:
    visitor.get("/en/mailbox")
    assert is_clear_refusal(_try(visitor, typed), 422)


@pytest.mark.django_db
class TestNothingIsLearnt:
    """In the process: how often the slow hash runs, and what the page says, do not depend on what is stored."""

    @pytest.fixture
    def receipt(self, pack) -> str:
        return store_arrival(
            channel=ChannelName.PORTAL,
            language="en",
            question_set_id="concern_public",
            answers={"worry": {"value": CANARY}},
            submission_key=secrets.token_hex(16),
            at=clock.now(),
        ).receipt

    def test_one_hash_for_each_receipt_that_could_be_one(self, receipt: str, monkeypatch) -> None:
        hashed: list[str] = []
        slow = receipts.receipt_hash
        monkeypatch.setattr(mailbox, "receipt_hash", lambda text: hashed.append(text) or slow(text))
        near = " ".join([*receipt.split()[:-1], receipts.new_receipt().split()[0]])
        for tried in (receipts.new_receipt(), near):
            with pytest.raises(WrongReceipt):
                mailbox.open_mailbox(tried)
        mailbox.open_mailbox(receipt)
        assert len(hashed) == 3

    def test_a_near_miss_reads_as_any_other(self, receipt: str) -> None:
        near = " ".join([*receipt.split()[:-1], "zebra" if "zebra" in receipts.places() else receipts.words()[0]])
        pages = []
        for tried in (near, receipts.new_receipt()):
            answer = Client().post("/en/mailbox", {"receipt": tried})
            pages.append((answer.status_code, answer.content.decode().replace(tried, "")))
        (status, first), (other_status, second) = pages
        assert status == other_status == 422
        assert _without_tokens(first) == _without_tokens(second)


def _without_tokens(html: str) -> str:
    import re

    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", html)
