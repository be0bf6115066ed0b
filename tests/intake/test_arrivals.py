"""What is acknowledged is stored, once, sealed, with its mailbox, its audit entry and the task that goes on with it."""

import json
import threading

import pytest
from django.conf import settings
from django.db import connections, transaction
from django_tasks_db.models import DBTaskResult

from counterpoint.audit.models import AuditEntry
from counterpoint.base import clock, ids, keyring
from counterpoint.base.errors import Conflict, Fault
from counterpoint.intake import arrivals, drafts, storage
from counterpoint.intake.arrivals import NoSuchForm
from counterpoint.intake.models import Arrival, Draft, DraftFile, Mailbox, StoredFile
from counterpoint.intake.receipts import new_browser_secret, receipt_hash, receipt_of
from counterpoint.intake.storage import Shelf
from counterpoint.intake.types import ChannelName

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pack")]

SET = "concern_public"
TEXT = "He talks of nothing else, at Northmoor college"
ANSWERS = {"worry": {"value": TEXT, "provenance": "first_hand"}}


def _store(**changes):
    given = {
        "channel": ChannelName.PORTAL,
        "language": "cy",
        "question_set_id": SET,
        "answers": ANSWERS,
        "submission_key": "k" * 64,
        "at": clock.now(),
    }
    return arrivals.store_arrival(**{**given, **changes})


def _filled(secret: str, *, files: int = 0):
    drafts.save_page(secret, question_set=SET, answers=ANSWERS)
    for number in range(files):
        drafts.add_file(
            secret,
            question_set=SET,
            question="files",
            name=f"photo {number}.jpg",
            media_type="image/jpeg",
            content=b"\xff\xd8\xff" + bytes([number]),
            max_files=5,
        )
    return drafts.read(secret)


def _send(secret: str, draft, **changes):
    return _store(
        browser_secret=secret,
        draft=draft,
        answers=draft.answers,
        submission_key=drafts.submission_key(secret),
        remember={"urgency": "routine"},
        **changes,
    )


def _sealed_on_disk() -> set[str]:
    return {path.name for path in (settings.FILES_FOLDER / Shelf.SEALED).glob("*/*") if path.is_file()}


def test_everything_of_an_arrival_is_there():
    at = clock.now()
    received = _store(at=at)
    arrival = Arrival.objects.get(pk=received.arrival_id)
    assert (arrival.reference, arrival.kind, arrival.language, arrival.received_at) == (
        received.reference,
        "concern",
        "cy",
        at,
    )
    assert TEXT.encode() not in bytes(arrival.sealed_raw)
    assert arrivals.raw_form(arrival) == {"question_set": SET, "language": "cy", "answers": ANSWERS}
    assert bytes(arrival.mailbox.receipt_hash) == receipt_hash(received.receipt)
    entry = AuditEntry.objects.get(action="arrival.received")
    assert (entry.actor_kind, entry.actor_id, entry.subject_reference) == ("reporter", "", received.reference)
    assert TEXT not in json.dumps(entry.detail)
    task = DBTaskResult.objects.get()
    assert task.args_kwargs["args"] == [str(arrival.id)]
    assert arrival.key_id != arrival.mailbox.key_id


def test_what_judged_it_is_named_by_hash():
    from counterpoint.rules.selectors import archived_question_set, pack_in_force

    arrival = Arrival.objects.get(pk=_store().arrival_id)
    assert archived_question_set(arrival.question_set_hash).id == SET
    assert arrival.pack_hash == pack_in_force().content_hash


def test_the_receipt_is_stored_nowhere():
    received = _store()
    plain = received.receipt.encode()
    for model in (Arrival, Mailbox, AuditEntry, DBTaskResult):
        for row in model.objects.values():
            assert (
                plain
                not in repr({key: bytes(v) if isinstance(v, memoryview) else v for key, v in row.items()}).encode()
            )


def test_the_same_form_again_is_the_same_arrival():
    secret = new_browser_secret()
    first = _store(browser_secret=secret)
    again = _store(browser_secret=secret, answers={"worry": {"value": "something else"}})
    assert (again.arrival_id, again.reference, again.receipt) == (first.arrival_id, first.reference, first.receipt)
    assert again.repeated
    assert not first.repeated
    assert Arrival.objects.count() == Mailbox.objects.count() == DBTaskResult.objects.count() == 1
    assert AuditEntry.objects.filter(action="arrival.received").count() == 1


def test_a_reference_that_meets_another_is_drawn_again(monkeypatch):
    first = _store()
    drawn = iter([first.reference, "CP-AAAA-AAAA-A"])
    monkeypatch.setattr(ids, "new_reference", lambda: next(drawn))
    assert _store(submission_key="other").reference == "CP-AAAA-AAAA-A"


def test_forms_that_the_pack_lacks_are_refused():
    with pytest.raises(NoSuchForm):
        _store(question_set_id="no_such_set")
    assert not Arrival.objects.exists()


def test_what_was_tampered_with_is_not_opened():
    arrival = Arrival.objects.get(pk=_store().arrival_id)
    other = json.dumps({"question_set": SET, "language": "en", "answers": {}}).encode()
    sealed = keyring.seal_record(other, key_id=arrival.key_id, place=f"arrival.sealed_raw:{arrival.id}")
    Arrival.objects.filter(pk=arrival.pk).update(sealed_raw=sealed)
    arrival.refresh_from_db()
    with pytest.raises(Fault):
        arrivals.raw_form(arrival)


def test_a_destroyed_key_ends_the_arrival():
    arrival = Arrival.objects.get(pk=_store().arrival_id)
    keyring.destroy_record_key(arrival.key_id)
    with pytest.raises(keyring.KeyDestroyed):
        arrivals.raw_form(arrival)


@pytest.mark.django_db(transaction=True)
def test_files_come_along_under_the_arrivals_key():
    secret = new_browser_secret()
    draft = _filled(secret, files=2)
    received = _send(secret, draft)
    arrival = Arrival.objects.get(pk=received.arrival_id)
    files = list(arrival.files.order_by("created_at", "id"))
    assert [storage.name_of(file) for file in files] == ["photo 0.jpg", "photo 1.jpg"]
    assert [storage.read_original(file) for file in files] == [b"\xff\xd8\xff\x00", b"\xff\xd8\xff\x01"]
    assert {file.key_id for file in files} == {arrival.key_id}
    named = arrivals.raw_form(arrival)["answers"]["files"]["value"]
    assert [item["file_id"] for item in named] == [str(file.id) for file in files]
    assert not DraftFile.objects.exists()
    assert not any(
        (settings.FILES_FOLDER / Shelf.QUARANTINE / f.stored_as[:2] / f.stored_as).exists() for f in draft.files
    )


def test_a_draft_remembers_only_what_the_receipt_page_shows():
    secret = new_browser_secret()
    received = _send(secret, _filled(secret))
    kept = drafts.read(secret)
    assert kept.answers == {}
    assert (kept.sent.reference, kept.sent.remembered) == (received.reference, {"urgency": "routine"})
    with pytest.raises(drafts.AlreadySent):
        drafts.save_page(secret, question_set=SET, answers={})
    with pytest.raises(drafts.AlreadySent):
        drafts.add_file(
            secret, question_set=SET, question="files", name="x", media_type="text/plain", content=b"x", max_files=5
        )


def test_only_files_that_the_answers_name_are_kept():
    secret = new_browser_secret()
    draft = _filled(secret, files=2)
    first = draft.files[0]
    foreign = {"file_id": str(ids.new_id()), "name": "x", "media_type": "text/plain", "size_bytes": 1}
    answers = {**ANSWERS, "files": {"value": [first.as_answer(), foreign]}}
    received = _store(browser_secret=secret, draft=draft, answers=answers, submission_key=drafts.submission_key(secret))
    stored = StoredFile.objects.get()
    named = arrivals.raw_form(Arrival.objects.get(pk=received.arrival_id))["answers"]["files"]["value"]
    assert [item["file_id"] for item in named] == [str(stored.id)]


def test_a_draft_changed_meanwhile_is_not_sent_half_seen():
    secret = new_browser_secret()
    draft = _filled(secret, files=1)
    before = _sealed_on_disk()
    drafts.save_page(secret, question_set=SET, answers={"hope": {"value": "new"}})
    with pytest.raises(Conflict):
        _send(secret, draft)
    assert not Arrival.objects.exists()
    assert _sealed_on_disk() == before
    assert drafts.read(secret).answers["hope"] == {"value": "new"}


def test_a_failure_before_the_commit_leaves_nothing(monkeypatch):
    from counterpoint.intake import tasks

    secret = new_browser_secret()
    draft = _filled(secret, files=1)
    before = _sealed_on_disk()

    class Broken:
        def enqueue(self, *args):
            raise OSError("the queue is gone")

    monkeypatch.setattr(tasks, "process_arrival", Broken())
    with pytest.raises(OSError, match="queue"):
        _send(secret, draft)
    assert not Arrival.objects.exists()
    assert _sealed_on_disk() == before
    assert drafts.read(secret).sent is None


def test_it_takes_few_queries(django_assert_max_num_queries):
    secret = new_browser_secret()
    draft = _filled(secret)
    drafts.prepare_sending(secret, remember={"urgency": "routine"})
    draft = drafts.read(secret)
    keyring.new_record_key()
    with django_assert_max_num_queries(
        9
    ):  # savepoint 2, the pack's hash, arrival, mailbox, draft, audit, task, reserve
        _send(secret, draft)


@pytest.mark.django_db(transaction=True)
def test_two_posts_at_the_same_moment_make_one_arrival():
    secret = new_browser_secret()
    draft = _filled(secret, files=1)
    start = threading.Barrier(4, timeout=20)
    received, failures = [], []

    def post() -> None:
        try:
            start.wait()
            received.append(_send(secret, draft))
        except Conflict:
            received.append(None)  # the page then finds the draft sent, and shows its receipt
        except Exception as error:  # noqa: BLE001 - a thread hands its failure to the test
            failures.append(error)
        finally:
            connections.close_all()

    posts = [threading.Thread(target=post) for _ in range(4)]
    for thread in posts:
        thread.start()
    for thread in posts:
        thread.join()
    assert not failures
    assert Arrival.objects.count() == Mailbox.objects.count() == StoredFile.objects.count() == 1
    assert len({one.reference for one in received if one}) == 1
    assert sum(1 for one in received if one and not one.repeated) == 1
    file = StoredFile.objects.get()
    assert storage.read_original(file) == b"\xff\xd8\xff\x00"
    assert receipt_of(secret) == received[0].receipt if received[0] else True


def test_it_is_safe_inside_the_callers_transaction():
    with transaction.atomic():
        first = _store()
        again = _store()
    assert first.reference == again.reference
    assert Draft.objects.count() == 0
