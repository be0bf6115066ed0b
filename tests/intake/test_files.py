"""Files that came with a report: scanned, copied without hidden details, opened and audited; the original untouched."""

import io
from uuid import UUID

import pytest
from PIL import Image
from tests.cast import a_person
from tests.intake.making_files import AUTHOR, a_docx, a_locked_pdf, a_pdf, a_photo, a_png_bomb, with_macros
from tests.intake.telling import arrival_of, no_such_id, told

from counterpoint import journey
from counterpoint.access.models import Recusal
from counterpoint.access.types import Role, SubjectKind
from counterpoint.audit.models import AuditEntry
from counterpoint.base import keyring
from counterpoint.base.errors import NotAllowed, NotFound, NotPossible
from counterpoint.gateways.antivirus import ScannerUnreachable
from counterpoint.gateways.antivirus_fake import EICAR, FakeScanner
from counterpoint.intake import files, storage, tasks
from counterpoint.intake.arrivals import NewFile, stored_file
from counterpoint.intake.file_types import file_type_of
from counterpoint.intake.files import can_be_opened, open_original, open_working_copy, prepare
from counterpoint.intake.models import Referral, StoredFile
from counterpoint.intake.types import ScanState
from counterpoint.triage.selectors import referral_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def scanner(settings, monkeypatch) -> FakeScanner:
    fake = FakeScanner()
    settings.CLAMD = "/run/clamd"
    monkeypatch.setattr(tasks, "scanner_at", lambda address: fake if address else None)
    return fake


@pytest.fixture
def referral(cast) -> Referral:
    received = told()
    journey.process_arrival(received.arrival_id)
    return Referral.objects.get(arrival_id=received.arrival_id)


def with_file(referral: Referral, content: bytes, name: str = "photo of the town.jpg") -> StoredFile:
    kind = file_type_of(content)
    new = NewFile("files", name, kind.media_type if kind else "application/octet-stream", content)
    row = stored_file(new, key_id=referral.arrival.key_id)
    row.arrival = referral.arrival
    row.save(force_insert=True)
    return row


def prepared(referral: Referral, content: bytes, name: str = "photo of the town.jpg") -> StoredFile:
    return prepare(with_file(referral, content, name).pk, scan=tasks.scan())


@pytest.mark.parametrize(("make", "kinds"), [(a_photo, {"EXIF", "GPS"}), (a_pdf, {"XMP"}), (a_docx, {"authors"})])
def test_the_copy_names_nobody_and_the_original_is_byte_for_byte_what_was_sent(cast, referral, scanner, make, kinds):
    content = make()
    file = prepared(referral, content)
    assert file.scan_state == ScanState.CLEAN
    assert kinds <= set(file.removed_metadata)
    copy = open_working_copy(cast[Role.TRIAGE_OFFICER], file.pk)
    assert AUTHOR.encode() not in copy.content
    original = open_original(cast[Role.TRIAGE_OFFICER], file.pk, reason="The place matters.")
    assert original.content == content
    assert (copy.name, copy.is_original, original.is_original) == ("photo of the town.jpg", False, True)


def test_what_lies_on_disk_is_sealed(cast, referral, scanner, settings):
    content = a_photo()
    file = prepared(referral, content)
    for shelf, name in (("sealed", file.original_stored_as), ("working", file.working_copy_stored_as)):
        stored = (settings.FILES_FOLDER / shelf / name[:2] / name).read_bytes()
        assert b"JFIF" not in stored
        assert AUTHOR.encode() not in stored


def test_a_photograph_has_no_place_any_more(cast, referral, scanner):
    file = prepared(referral, a_photo())
    image = Image.open(io.BytesIO(open_working_copy(cast[Role.SUPERVISOR], file.pk).content))
    assert len(image.getexif()) == 0


REFUSED = [
    ("a virus", EICAR + b"\n", ScanState.INFECTED),
    ("a virus in a document", EICAR, ScanState.INFECTED),
    ("macros", with_macros(a_docx()), ScanState.DAMAGED),
    ("a password", a_locked_pdf(), ScanState.DAMAGED),
    ("a bomb", a_png_bomb(), ScanState.DAMAGED),
    ("half a picture", a_photo()[:400], ScanState.DAMAGED),
    ("a programme", b"MZ\x90\x00\x03\x00\x00\x00", ScanState.DAMAGED),
    ("nothing", b"", ScanState.DAMAGED),
]


@pytest.mark.parametrize(("content", "state"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_is_unsafe_is_kept_sealed_and_never_opened(cast, referral, scanner, content, state):
    file = prepared(referral, content)
    assert (file.scan_state, file.working_copy_stored_as, can_be_opened(file)) == (state, "", False)
    for act in (
        lambda: open_working_copy(cast[Role.SUPERVISOR], file.pk),
        lambda: open_original(cast[Role.SUPERVISOR], file.pk, reason="I must see it."),
    ):
        with pytest.raises(NotPossible, match="cannot be opened"):
            act()
    assert storage.read_original(file) == content
    view = referral_for(cast[Role.SUPERVISOR], referral.pk, purpose="x").files[0]
    assert (view.can_be_opened, view.scan_state) == (False, state)


def test_without_a_scanner_the_copy_is_made_and_marked_as_not_checked(cast, referral, settings):
    settings.CLAMD = ""
    file = prepared(referral, a_photo())
    assert (file.scan_state, can_be_opened(file)) == (ScanState.NOT_SCANNED, True)


def test_once_there_is_a_scanner_what_was_not_checked_is(cast, referral, scanner, settings):
    settings.CLAMD = ""
    clean, ill = prepared(referral, a_photo()), prepared(referral, b"hello " + EICAR)
    copy = clean.working_copy_stored_as
    settings.CLAMD = "/run/clamd"
    for file in (clean, ill):
        prepare(file.pk, scan=tasks.scan())
        file.refresh_from_db()
    assert (clean.scan_state, clean.working_copy_stored_as) == (ScanState.CLEAN, copy)
    assert (ill.scan_state, can_be_opened(ill)) == (ScanState.INFECTED, False)


def test_while_the_scanner_is_away_the_file_waits_closed(cast, referral, scanner):
    scanner.reachable = False
    file = with_file(referral, a_photo())
    with pytest.raises(ScannerUnreachable):
        prepare(file.pk, scan=tasks.scan())
    file.refresh_from_db()
    assert (file.scan_state, can_be_opened(file)) == (ScanState.WAITING, False)
    with pytest.raises(NotPossible, match="waits"):
        open_working_copy(cast[Role.SUPERVISOR], file.pk)
    scanner.reachable = True
    assert prepare(file.pk, scan=tasks.scan()).scan_state == ScanState.CLEAN


def test_preparing_twice_makes_one_copy(cast, referral, scanner, settings):
    file = prepared(referral, a_photo())
    again = prepare(file.pk, scan=tasks.scan())
    assert again.working_copy_stored_as == file.working_copy_stored_as
    assert scanner.scanned == 1
    assert AuditEntry.objects.filter(action="file.prepared").count() == 1


def test_of_two_workers_the_second_leaves_no_copy_behind(cast, referral, scanner, settings):
    file = with_file(referral, a_photo())
    stale = StoredFile.objects.select_related("arrival").get(pk=file.pk)
    prepare(file.pk, scan=tasks.scan())
    before = len(list((settings.FILES_FOLDER / "working").glob("*/*")))
    files._write(stale, files._prepared(stale, a_photo(), tasks.scan()))
    assert len(list((settings.FILES_FOLDER / "working").glob("*/*"))) == before


def test_an_erased_file_stays_erased(cast, referral, scanner):
    file = with_file(referral, a_photo())
    keyring.destroy_record_key(file.key_id)
    assert prepare(file.pk, scan=tasks.scan()).scan_state == ScanState.WAITING
    assert referral_for(cast[Role.SUPERVISOR], referral.pk, purpose="x").files[0].name == "(erased)"


@pytest.mark.parametrize("role", list(Role))
def test_who_opens_files(cast, referral, scanner, role):
    file = prepared(referral, a_photo())
    if role in (Role.TRIAGE_OFFICER, Role.SUPERVISOR):
        open_working_copy(cast[role], file.pk, referral_id=referral.pk)
        open_original(cast[role], file.pk, reason="x", referral_id=referral.pk)
        return
    for act in (
        lambda: open_working_copy(cast[role], file.pk),
        lambda: open_original(cast[role], file.pk, reason="x"),
    ):
        with pytest.raises(NotFound):
            act()
    assert not AuditEntry.objects.filter(action="file.read").exists()


def test_the_recused_strangers_and_wrong_addresses_find_nothing(cast, referral, scanner):
    file = prepared(referral, a_photo())
    Recusal.objects.create(
        staff=cast[Role.SUPERVISOR],
        subject_kind=SubjectKind.REFERRAL,
        subject_id=referral.pk,
        reason="cousin",
        recorded_by=cast.other_supervisor,
    )
    stranger = a_person("Strange Reader", cast.police, [Role.SUPERVISOR])
    for viewer, file_id, where in (
        (cast[Role.SUPERVISOR], file.pk, None),
        (stranger, file.pk, None),
        (cast[Role.TRIAGE_OFFICER], no_such_id(), None),
        (cast[Role.TRIAGE_OFFICER], file.pk, UUID(int=7)),
    ):
        with pytest.raises(NotFound):
            open_working_copy(viewer, file_id, referral_id=where)


def test_the_original_needs_a_reason_and_each_read_is_told(cast, referral, scanner):
    file = prepared(referral, a_photo())
    with pytest.raises(NotPossible):
        open_original(cast[Role.SUPERVISOR], file.pk, reason=" ")
    open_working_copy(cast[Role.SUPERVISOR], file.pk)
    open_original(cast[Role.SUPERVISOR], file.pk, reason="The place matters.")
    entries = AuditEntry.objects.filter(action="file.read").order_by("number")
    assert [(entry.detail["original"], entry.purpose) for entry in entries] == [
        (False, ""),
        (True, "The place matters."),
    ]
    assert "town" not in str([entry.detail for entry in entries])


def test_a_file_of_an_arrival_that_waits_for_a_call_back_is_nobodys_yet(cast, scanner):
    received = told({})
    journey.process_arrival(received.arrival_id)
    row = stored_file(NewFile("files", "x.jpg", "image/jpeg", a_photo()), key_id=arrival_of(received).key_id)
    row.arrival = arrival_of(received)
    row.save(force_insert=True)
    with pytest.raises(NotFound):
        open_working_copy(cast[Role.SUPERVISOR], row.pk)


def test_case_officers_may_not_open_the_original_of_what_is_not_theirs(cast, referral, scanner):
    file = prepared(referral, a_photo())
    with pytest.raises((NotFound, NotAllowed)):
        open_original(cast[Role.CASE_OFFICER], file.pk, reason="x")
