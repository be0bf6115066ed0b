"""Each kind of change to what is stored is found, and the first entry that does not hold is named."""

import json
from uuid import UUID

import pytest
from django.db import connection, transaction

from counterpoint.audit import sealing, services, verification
from counterpoint.audit.models import AuditEntry, LedgerCheckpoint, LedgerHead, LedgerLeaf
from counterpoint.audit.types import REPORTER, Actor, ActorKind, Subject, system
from counterpoint.base import clock, ids
from counterpoint.base.errors import Fault

pytestmark = pytest.mark.django_db

OFFICER = Actor(ActorKind.STAFF, "0190a0b0-0000-7000-8000-000000000001")


def record(action: str = "referral.read", **fields) -> AuditEntry:
    with transaction.atomic():
        return services.record(action, by=OFFICER, about=Subject("referral", ids.new_id(), "CP-0000-0000-0"), **fields)


@pytest.fixture
def ledger() -> list[AuditEntry]:
    """Twenty entries in three sealed batches, two more not sealed yet."""
    made = []
    for batch in (7, 1, 12):
        made += [record(detail={"n": n}) for n in range(batch)]
        sealing.seal_pending()
    made += [record("referral.decided", purpose="triage") for _ in range(2)]
    assert verification.verify().finding is None
    return made


def found() -> verification.Finding:
    finding = verification.verify().finding
    assert finding is not None, "the change was not noticed"
    return finding


def row(entry: AuditEntry):
    return AuditEntry.objects.filter(pk=entry.pk)


def test_an_untouched_ledger_holds(ledger):
    result = verification.verify()
    assert (result.entries, result.sealed, result.checkpoints, result.finding) == (22, 20, 3, None)
    assert sealing.seal_pending() == 2
    assert sealing.seal_pending() == 0
    assert verification.verify().sealed == 22


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("actor_id", "0190a0b0-0000-7000-8000-00000000000f"),
        ("actor_kind", "system"),
        ("action", "referral.closed"),
        ("subject_kind", "case"),
        ("subject_reference", ""),
        ("purpose", "another"),
        ("detail", {"n": 99}),
        ("subject_id", UUID(int=5)),
        ("id", UUID(int=6)),
        ("mac", "0" * 64),
        ("commitments", {}),
    ],
)
@pytest.mark.parametrize("at", [0, 7, 19, 21])
def test_an_edited_field_is_found(ledger, field, value, at):
    row(ledger[at]).update(**{field: value})
    assert found().entry_number == ledger[at].number


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("salts", '{"at": "no hex"}'),
        ("salts", "[]"),
        ("salts", '"text"'),
        ("commitments", "[1, 2]"),
        ("commitments", '{"at": 5}'),
        ("commitments", '{"at": "é"}'),
        ("commitments", "null"),
        ("detail", '{"n": 18446744073709551616}'),
        ("detail", "7"),
        ("mac", "é"),
    ],
)
@pytest.mark.parametrize("at", [7, 21])
def test_a_field_that_cannot_be_read_is_found(ledger, column, value, at):
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE audit_auditentry SET {column} = %s WHERE number = %s",
            [value, ledger[at].number],
        )
    assert found().entry_number == ledger[at].number


@pytest.mark.parametrize("at", [7, 21])
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL takes neither into these columns")
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("commitments", '{"at": "\\ud800"}'),
        ("at", "no time"),
        ("at", "2026-13-45 99:00:00"),
        ("subject_id", "no id"),
    ],
)
def test_what_no_column_should_hold_is_found(ledger, column, value, at):
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE audit_auditentry SET {column} = %s WHERE number = %s", [value, ledger[at].number])
    assert found().entry_number == ledger[at].number


def test_an_edited_time_is_found(ledger):
    row(ledger[5]).update(at=clock.now())
    assert found().entry_number == ledger[5].number


@pytest.mark.parametrize("at", [0, 7, 12, 19])
def test_a_removed_entry_is_found(ledger, at):
    row(ledger[at]).delete()
    assert found().entry_number == ledger[at].number


def test_a_removed_entry_with_its_leaf_is_found(ledger):
    row(ledger[19]).delete()
    LedgerLeaf.objects.filter(entry_number=ledger[19].number).delete()
    assert found().leaf_index == 19


def test_a_removed_middle_leaf_is_found(ledger):
    row(ledger[8]).delete()
    LedgerLeaf.objects.filter(entry_number=ledger[8].number).delete()
    assert found().leaf_index == 8


def test_an_end_cut_off_with_its_checkpoints_is_found_by_the_head_and_by_a_kept_checkpoint(ledger):
    kept = LedgerCheckpoint.objects.get(size=20).note
    numbers = [entry.number for entry in ledger[8:20]]
    AuditEntry.objects.filter(number__in=numbers).delete()
    LedgerLeaf.objects.filter(entry_number__in=numbers).delete()
    LedgerCheckpoint.objects.filter(size=20).delete()
    assert found().leaf_index == 8
    checkpoint = LedgerCheckpoint.objects.get(size=8)
    frontier = sealing.Frontier()
    for leaf in LedgerLeaf.objects.order_by("index"):
        frontier.append(bytes(leaf.leaf_hash))
    LedgerHead.objects.update(size=checkpoint.size, peaks=[peak.hex() for peak in frontier.peaks])
    assert verification.verify().finding is None, "whoever can rewrite all stored rows is told only from outside"
    assert "missing" in verification.verify(against=kept).finding.what


def test_an_inserted_copy_is_found(ledger):
    copy = AuditEntry.objects.get(pk=ledger[3].pk)
    copy.pk, copy.id = None, ids.new_id()
    copy.save(force_insert=True)
    assert found().entry_number == copy.number


def test_an_inserted_entry_without_the_key_is_found(ledger):
    forged = AuditEntry(
        actor_kind="staff", action="referral.read", subject_kind="referral", subject_id=ids.new_id(),
        salts={}, commitments={}, mac="",
    )  # fmt: skip
    forged.save(force_insert=True)
    assert found().entry_number == forged.number


def test_swapped_leaves_are_found(ledger):
    first, second = LedgerLeaf.objects.get(index=9), LedgerLeaf.objects.get(index=10)
    LedgerLeaf.objects.filter(index__in=[9, 10]).delete()
    LedgerLeaf.objects.create(index=9, entry_number=second.entry_number, leaf_hash=second.leaf_hash)
    LedgerLeaf.objects.create(index=10, entry_number=first.entry_number, leaf_hash=first.leaf_hash)
    assert "not those that the checkpoint was signed over" in found().what


def test_swapped_entries_are_found(ledger):
    contents = list(AuditEntry.objects.filter(number__in=[ledger[2].number, ledger[3].number]).values())
    numbers = [content.pop("number") for content in contents]
    AuditEntry.objects.filter(number__in=numbers).delete()
    for number, content in zip(reversed(numbers), contents, strict=True):
        AuditEntry.objects.create(number=number, **content)
    assert found().entry_number == ledger[2].number


def test_a_leaf_made_to_fit_an_edited_entry_is_found(ledger):
    entry = AuditEntry.objects.get(pk=ledger[4].pk)
    entry.action = "referral.closed"
    entry.commitments = services.commit_fields(services.committed_values(entry), entry.salts)
    entry.save()
    LedgerLeaf.objects.filter(entry_number=entry.number).update(leaf_hash=services.entry_leaf_hash(entry))
    assert found().entry_number == entry.number
    entry.mac = services.entry_mac(entry)  # even with the deployment key, the signed root tells
    entry.save()
    assert "checkpoint was signed over" in found().what


def test_a_forged_checkpoint_is_found(ledger):
    row = LedgerCheckpoint.objects.get(size=8)
    row.note = row.note.replace("\n8\n", "\n7\n")
    row.save()
    assert "does not hold" in found().what


def test_blanking_keeps_the_proofs_and_is_itself_recorded(ledger):
    entry = AuditEntry.objects.get(pk=ledger[6].pk)
    with transaction.atomic():
        services.blank(entry, fields=("subject_reference", "detail"), why="erased", by=system("retention"))
    again = AuditEntry.objects.get(pk=entry.pk)
    assert (again.subject_reference, again.detail) == ("", {})
    assert verification.verify().finding is None
    AuditEntry.objects.filter(action="audit.blanked").delete()
    assert "blanked without a record" in found().what


@pytest.mark.parametrize(("column", "value"), [("detail", "7"), ("detail", "[]"), ("subject_id", "no id")])
def test_a_blanking_that_cannot_be_read_is_named(ledger, column, value):
    if column == "subject_id" and connection.vendor != "sqlite":
        pytest.skip("PostgreSQL takes no such text into this column")
    with transaction.atomic():
        services.blank(ledger[6], fields=("purpose",), why="erased", by=system("retention"))
    blanking = AuditEntry.objects.get(action="audit.blanked")
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE audit_auditentry SET {column} = %s WHERE number = %s", [value, blanking.number])
    assert found().entry_number == blanking.number


def test_blanking_by_hand_is_found(ledger):
    entry = AuditEntry.objects.get(pk=ledger[6].pk)
    entry.purpose, entry.salts = "", {name: salt for name, salt in entry.salts.items() if name != "purpose"}
    entry.save()
    assert found().entry_number == entry.number


def test_what_was_done_cannot_be_blanked(ledger):
    with transaction.atomic(), pytest.raises(Fault, match="action"):
        services.blank(ledger[0], fields=("action",), why="x", by=REPORTER)


@pytest.mark.django_db(transaction=True)
def test_an_entry_outside_a_transaction_is_a_fault():
    with pytest.raises(Fault, match="outside a transaction"):
        services.record("x.y", by=OFFICER, about=Subject("referral", ids.new_id()))
    assert AuditEntry.objects.count() == 0


def test_an_entry_that_commits_late_is_still_sealed(ledger):
    late = AuditEntry.objects.get(pk=ledger[20].pk)
    held = {field.attname: getattr(late, field.attname) for field in AuditEntry._meta.fields}
    late.delete()  # stands for a transaction that has drawn its number and has not committed yet
    assert sealing.seal_pending() == 1
    AuditEntry.objects.create(**held)
    assert sealing.seal_pending() == 1
    assert verification.verify().finding is None


def test_an_entry_put_in_among_settled_ones_is_found(ledger):
    sealing.seal_pending()
    LedgerHead.objects.update(settled_number=ledger[21].number)
    extra = record()
    AuditEntry.objects.filter(pk=extra.pk).update(number=ledger[0].number - 1)
    finding = found()
    assert (finding.what, finding.entry_number) == ("an entry was put in among sealed ones", ledger[0].number - 1)


def test_the_checkpoint_file_opens_with_the_key_beside_it(ledger, settings):
    folder = settings.CHECKPOINTS_FOLDER
    note = (folder / "newest.checkpoint").read_text()
    assert verification.CheckpointVerifier((folder / "verifier").read_text()).open(note).size == 20
    assert verification.verify(against=note).finding is None


def test_the_command_tells_and_exits_by_what_it_found(ledger, capsys):
    from counterpoint.audit.command import app

    def run(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            app(args=list(arguments))
        return ended.value.code, capsys.readouterr().out

    assert run("verify")[0] == 0
    row(ledger[3]).update(action="x.y")
    code, text = run("verify")
    assert code == 1
    assert f"entry {ledger[3].number}" in text
    code, text = run("verify", "--json")
    assert json.loads(text)["finding"]["entry_number"] == ledger[3].number


def test_numbers_come_from_the_database(ledger):
    assert [entry.number for entry in ledger] == sorted(entry.number for entry in ledger)
    assert connection.vendor in ("sqlite", "postgresql")
