"""Putting a pack in force: archived by content, told once, noticed by every process, and never lost again."""

import shutil
from pathlib import Path

import pytest
from django.conf import settings

from counterpoint.audit.models import AuditEntry
from counterpoint.audit.types import system
from counterpoint.kernel.packs import PackProblems
from counterpoint.rules import selectors
from counterpoint.rules.archive import NotArchived
from counterpoint.rules.models import PackVersion, RulesFile
from counterpoint.rules.services import activate_pack

pytestmark = pytest.mark.django_db
BY = system("tests")


@pytest.fixture
def other_pack(tmp_path) -> Path:
    """The England pack with another version number."""
    folder = tmp_path / "pack"
    shutil.copytree(settings.PACK_FOLDER, folder)
    manifest = folder / "pack.yaml"
    manifest.write_text(manifest.read_text().replace('version: "2026.1"', 'version: "2026.2"'))
    return folder


def test_every_file_is_archived_under_its_hash_and_reads_back():
    row = activate_pack(settings.PACK_FOLDER, by=BY)
    for path, sha256 in row.files.items():
        assert bytes(RulesFile.objects.get(pk=sha256).content) == (settings.PACK_FOLDER / path).read_bytes()
    pack = selectors.pack_in_force()
    assert (pack.content_hash, dict(pack.files)) == (row.content_hash, row.files)


def test_activating_the_same_again_changes_and_records_nothing():
    first = activate_pack(settings.PACK_FOLDER, by=BY)
    assert activate_pack(settings.PACK_FOLDER, by=BY) == first
    assert PackVersion.objects.count() == 1
    assert AuditEntry.objects.filter(action="pack.activated").count() == 1


def test_a_new_pack_is_noticed_at_once_and_the_old_one_stays_readable(other_pack):
    first = activate_pack(settings.PACK_FOLDER, by=BY)
    assert selectors.pack_in_force().version == "2026.1"
    activate_pack(other_pack, by=BY)
    assert selectors.pack_in_force().version == "2026.2"
    assert selectors.archived_pack(first.content_hash).version == "2026.1"


def test_going_back_to_an_earlier_pack_is_told_as_a_row_of_its_own(other_pack):
    for folder in (settings.PACK_FOLDER, other_pack, settings.PACK_FOLDER):
        activate_pack(folder, by=BY)
    assert list(PackVersion.objects.order_by("activated_at").values_list("version", flat=True)) == [
        "2026.1",
        "2026.2",
        "2026.1",
    ]
    assert selectors.pack_in_force().version == "2026.1"


def test_a_pack_with_problems_leaves_everything_as_it_was(other_pack):
    activate_pack(settings.PACK_FOLDER, by=BY)
    files = RulesFile.objects.count()
    (other_pack / "decisions" / "triage.dmn").unlink()
    with pytest.raises(PackProblems):
        activate_pack(other_pack, by=BY)
    assert selectors.pack_in_force().version == "2026.1"
    assert RulesFile.objects.count() == files


def test_what_a_record_was_judged_by_is_read_from_the_archive_and_kept():
    row = activate_pack(settings.PACK_FOLDER, by=BY)
    questions = selectors.archived_question_set(row.files["question_sets/concern_public.yaml"])
    assert questions.id == "concern_public"
    table = selectors.archived_table(row.files["decisions/triage.dmn"])
    assert table.table_hash == row.files["decisions/triage.dmn"]
    assert selectors.archived_table(table.table_hash) is table
    assert selectors.archived_process(row.files["processes/case.bpmn"]) is not None


def test_rules_in_force_carry_the_hashes_that_records_keep():
    row = activate_pack(settings.PACK_FOLDER, by=BY)
    found = selectors.question_set_in_force("online_material")
    assert (found.kind, found.sha256, found.pack_hash) == (
        "online_material",
        row.files["question_sets/online_material.yaml"],
        row.content_hash,
    )
    assert selectors.table_in_force("triage").table_hash == row.files["decisions/triage.dmn"]


@pytest.mark.parametrize(
    "ask", [lambda: selectors.question_set_in_force("no_such"), lambda: selectors.table_in_force("no_such")]
)
def test_rules_that_the_pack_lacks_are_not_found(ask):
    activate_pack(settings.PACK_FOLDER, by=BY)
    with pytest.raises(selectors.NoSuchRules):
        ask()


def test_without_a_pack_the_message_says_what_to_do():
    with pytest.raises(selectors.NoPackInForce, match="counterpoint rules activate"):
        selectors.pack_in_force()
    with pytest.raises(NotArchived, match="abc"):
        selectors.archived_table("abc")
