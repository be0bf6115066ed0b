"""Only the browser that began a form can open it; nothing typed is lost when two tabs write at once."""

import threading
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connections

from counterpoint.base import clock
from counterpoint.base.sealing import CannotUnseal
from counterpoint.intake import drafts
from counterpoint.intake.models import Draft, DraftFile
from counterpoint.intake.receipts import derived, new_browser_secret, receipt_hash, receipt_of
from counterpoint.intake.storage import Shelf

pytestmark = pytest.mark.django_db

SET = "concern_public"
SECRET_WORDS = "He said a thing at Northmoor station"


def _said(text: str) -> dict:
    return {"worry": {"value": text}}


def _file(secret: str, *, name: str = "letter.pdf", content: bytes = b"%PDF-1.4 content", max_files: int = 5):
    return drafts.add_file(
        secret,
        question_set=SET,
        question="files",
        name=name,
        media_type="application/pdf",
        content=content,
        max_files=max_files,
    )


def _on_disk(shelf: Shelf) -> set[str]:
    return {path.name for path in (settings.FILES_FOLDER / shelf).glob("*/*") if path.is_file()}


def test_pages_are_merged_and_taken_back():
    secret = new_browser_secret()
    assert drafts.read(secret) is None
    drafts.save_page(secret, question_set=SET, answers=_said("first"))
    drafts.save_page(secret, question_set=SET, answers={"hope": {"value": "help"}})
    drafts.save_page(secret, question_set=SET, answers=_said("second"), blank=["hope"])
    assert drafts.read(secret).answers == _said("second")


def test_neither_database_nor_keys_open_a_draft():
    secret = new_browser_secret()
    drafts.save_page(secret, question_set=SET, answers=_said(SECRET_WORDS))
    row = Draft.objects.get()
    assert secret not in row.lookup
    assert SECRET_WORDS.encode() not in bytes(row.sealed_answers)
    assert drafts.read(new_browser_secret()) is None
    other = new_browser_secret()
    with pytest.raises(CannotUnseal):
        drafts._opened(row, other)


def test_the_lookup_does_not_give_the_key():
    secret = new_browser_secret()
    assert len({derived(secret, purpose) for purpose in ("draft", "lookup", "submission", "receipt")}) == 4


def test_a_draft_moved_to_another_row_does_not_open():
    one, other = new_browser_secret(), new_browser_secret()
    drafts.save_page(one, question_set=SET, answers=_said("one"))
    drafts.save_page(other, question_set=SET, answers=_said("other"))
    moved = drafts._row(one)
    Draft.objects.filter(pk=drafts._row(other).pk).update(sealed_answers=moved.sealed_answers)
    with pytest.raises(CannotUnseal):
        drafts.read(other)


def test_files_come_back_as_an_answer_and_lie_sealed_on_disk():
    secret = new_browser_secret()
    kept, gone = _file(secret, name="ملف.pdf"), _file(secret)
    assert b"%PDF" not in b"".join(
        (settings.FILES_FOLDER / Shelf.QUARANTINE / file.stored_as[:2] / file.stored_as).read_bytes()
        for file in (kept, gone)
    )
    assert drafts.remove_file(secret, file_id=gone.id) == "letter.pdf"
    assert drafts.remove_file(secret, file_id=gone.id) is None
    assert drafts.remove_file(new_browser_secret(), file_id=kept.id) is None
    draft = drafts.read(secret)
    assert draft.answers["files"]["value"] == [kept.as_answer()]
    assert drafts.content_of(draft.files[0], browser_secret=secret) == b"%PDF-1.4 content"
    assert gone.stored_as not in _on_disk(Shelf.QUARANTINE)


def test_no_more_files_than_the_pack_allows():
    secret = new_browser_secret()
    _file(secret, max_files=1)
    before = _on_disk(Shelf.QUARANTINE)
    with pytest.raises(drafts.TooManyFiles):
        _file(secret, max_files=1)
    assert _on_disk(Shelf.QUARANTINE) == before
    assert DraftFile.objects.count() == 1


def test_quarantine_as_a_whole_is_bounded(monkeypatch):
    monkeypatch.setattr(drafts, "_QUARANTINE_BYTES", 20)
    _file(new_browser_secret())
    with pytest.raises(drafts.StoreFull):
        _file(new_browser_secret())


def test_a_draft_ends_after_a_day_without_use():
    secret, young = new_browser_secret(), new_browser_secret()
    now = clock.now()
    with clock.moved_to(now - timedelta(hours=25)):
        drafts.save_page(secret, question_set=SET, answers=_said("old"))
        file = _file(secret)
    drafts.save_page(young, question_set=SET, answers=_said("young"))
    assert drafts.read(secret) is None
    assert drafts.expire_drafts(limit=9) == 1
    assert drafts.read(young).answers == _said("young")
    assert file.stored_as not in _on_disk(Shelf.QUARANTINE)


def test_an_ended_draft_can_be_begun_again_with_the_same_secret():
    secret = new_browser_secret()
    with clock.moved_to(clock.now() - timedelta(hours=25)):
        drafts.save_page(secret, question_set=SET, answers=_said("old"))
        _file(secret)
    assert drafts.save_page(secret, question_set=SET, answers=_said("new")).answers == _said("new")


def test_sending_is_prepared_once():
    secret, soon = new_browser_secret(), {"urgency": "urgent"}
    drafts.prepare_sending(secret, remember=soon)
    assert drafts.read(secret) is None
    drafts.save_page(secret, question_set=SET, answers=_said("x"))
    drafts.prepare_sending(secret, remember=soon)
    prepared = drafts.read(secret)
    drafts.prepare_sending(secret, remember=soon)
    assert drafts.read(secret) == prepared
    assert prepared.receipt_hash == receipt_hash(receipt_of(secret))
    assert prepared.remember == soon
    assert prepared.answers == _said("x")


def test_other_answers_are_prepared_anew():
    secret = new_browser_secret()
    drafts.save_page(secret, question_set=SET, answers=_said("x"))
    drafts.prepare_sending(secret, remember={"urgency": "urgent"})
    changed = drafts.save_page(secret, question_set=SET, answers=_said("y"))
    assert changed.remember is None
    assert changed.receipt_hash == receipt_hash(receipt_of(secret)), "the receipt does not hang on the answers"


def test_answers_changed_meanwhile_are_not_remembered_for(monkeypatch):
    secret = new_browser_secret()
    drafts.save_page(secret, question_set=SET, answers=_said("x"))

    def slow(receipt):
        drafts.save_page(secret, question_set=SET, answers=_said("y"))
        return receipt_hash(receipt)

    monkeypatch.setattr(drafts, "receipt_hash", slow)
    drafts.prepare_sending(secret, remember={"urgency": "urgent"})
    assert drafts.read(secret).remember is None
    assert drafts.read(secret).answers == _said("y")


@pytest.mark.django_db(transaction=True)
def test_two_tabs_at_once_lose_nothing(monkeypatch):
    """Both read the same version before either writes, as two tabs would at worst."""
    secret = new_browser_secret()
    drafts.save_page(secret, question_set=SET, answers={"start": {"value": "0"}})
    opened, meet = drafts._opened, threading.Barrier(2, timeout=10)
    first_time = threading.local()

    def both_read_first(*args, **kwargs):
        if not getattr(first_time, "over", False):
            first_time.over = True
            meet.wait()
        return opened(*args, **kwargs)

    monkeypatch.setattr(drafts, "_opened", both_read_first)
    failures = []

    def tab(name: str) -> None:
        try:
            for number in range(5):
                drafts.save_page(secret, question_set=SET, answers={f"{name}{number}": {"value": name}})
        except Exception as error:  # noqa: BLE001 - a thread hands its failure to the test
            failures.append(error)
        finally:
            connections.close_all()

    tabs = [threading.Thread(target=tab, args=(name,)) for name in ("a", "b")]
    for thread in tabs:
        thread.start()
    for thread in tabs:
        thread.join()
    first_time.over = True
    assert not failures
    assert set(drafts.read(secret).answers) == {"start", *(f"{name}{number}" for name in "ab" for number in range(5))}
