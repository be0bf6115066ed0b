"""Posts taken in, sealed, and deleted for good; and files that are not what they say."""

import io
from datetime import timedelta

import pytest
from tests.campaigns.making import FEW_POSTS, REASON, a_finding, a_run, a_snapshot, about

from counterpoint.access.types import Role
from counterpoint.audit.models import AuditEntry
from counterpoint.base import clock
from counterpoint.base.errors import NotAllowed, NotPossible
from counterpoint.base.keyring import KeyDestroyed
from counterpoint.base.sealing import CannotUnseal
from counterpoint.campaigns import envelope, policies, selectors, services, storage, tasks
from counterpoint.campaigns.models import Snapshot
from counterpoint.campaigns.types import FindingState, NotAsAsked, RunState

pytestmark = pytest.mark.django_db


def opened(snapshot, tmp_path) -> bytes:
    path = tmp_path / "opened"
    storage.open_into(path, name=snapshot.stored_as, snapshot_id=snapshot.pk, key_id=snapshot.key_id)
    return path.read_bytes()


@pytest.fixture
def folder(tmp_path, settings):
    settings.SNAPSHOTS_FOLDER = tmp_path / "offered"
    settings.SNAPSHOTS_FOLDER.mkdir()
    return settings.SNAPSHOTS_FOLDER


def test_what_is_stored_is_sealed_and_comes_back_whole(cast, tmp_path, monkeypatch):
    monkeypatch.setattr(storage, "_PIECE", 50)  # several pieces
    snapshot = a_snapshot(cast)
    on_disk = storage._path(snapshot.stored_as).read_bytes()
    assert b"acct_1" not in on_disk
    assert b"Hello" not in on_disk
    assert opened(snapshot, tmp_path) == FEW_POSTS
    entry = AuditEntry.objects.get(action="snapshot.taken_in")
    assert entry.detail["delete_on"] == snapshot.delete_on.isoformat()


@pytest.mark.parametrize("harm", ["cut", "swapped", "half"])
def test_pieces_cannot_be_moved_or_cut_off(cast, tmp_path, monkeypatch, harm):
    monkeypatch.setattr(storage, "_PIECE", 50)
    snapshot = a_snapshot(cast)
    path = storage._path(snapshot.stored_as)
    size = 4 + int.from_bytes(path.read_bytes()[:4], "big")
    raw = path.read_bytes()
    pieces = [raw[place : place + size] for place in range(0, len(raw), size)]
    assert len(pieces) > 3
    if harm == "cut":
        pieces.pop()
    elif harm == "swapped":
        pieces[0], pieces[1] = pieces[1], pieces[0]
    else:
        pieces[-1] = pieces[-1][:-5]
    path.write_bytes(b"".join(pieces))
    with pytest.raises(CannotUnseal):
        opened(snapshot, tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("posts.xlsx", FEW_POSTS, "must end in"),
        ("posts.csv.gz", FEW_POSTS, "Unpack"),
        ("posts.csv", b"", "empty"),
        ("posts.csv", b"\0\1\2\3", "not a text file"),
        ("posts.csv", b"id,who,when\n1,2,3\n", "post_id, account_id, posted_at"),
        ("posts.jsonl", b"not json\n", "No columns"),
        ("posts.jsonl", b'{"post_id": 1}\n', "account_id, posted_at"),
        ("posts.parquet", b"MZ and so on", "not a Parquet file"),
    ],
)
def test_files_that_are_not_posts_are_refused_with_a_remedy(cast, name, content, told):
    with pytest.raises(NotAsAsked, match=told) as refused:
        a_snapshot(cast, content, name=name)
    assert [lack.field for lack in refused.value.lacks] == ["file"]
    assert not Snapshot.objects.exists()
    assert not list(storage._folder().glob("*"))


def test_a_table_of_shares_is_taken(cast):
    assert a_snapshot(cast, b"object_id,account_id,content_id,timestamp_share\nx,a,p,1600000000\n").pk


def test_a_file_that_is_too_large_leaves_nothing_behind(cast, monkeypatch):
    monkeypatch.setattr(policies, "LARGEST_UPLOAD", 100)
    before = set(storage._folder().glob("*"))
    with pytest.raises(NotAsAsked, match="larger"):
        a_snapshot(cast)
    assert set(storage._folder().glob("*")) == before


def test_everything_wrong_is_told_at_once(cast):
    today = clock.now().date()
    wrong = {"title": " ", "purpose": "why", "source_note": "", "mapping": {"post_id": ""}}
    with pytest.raises(NotAsAsked) as refused:
        a_snapshot(cast, **wrong, delete_on=today + policies.LONGEST_KEPT + timedelta(days=1))
    assert {lack.field for lack in refused.value.lacks} == {"title", "purpose", "source_note", "delete_on", "mapping"}
    with pytest.raises(NotAsAsked, match="future"):
        a_snapshot(cast, delete_on=today)
    assert a_snapshot(cast, delete_on=today + policies.LONGEST_KEPT).pk


def test_only_analysts_take_posts_in(cast):
    for role in Role:
        if role is not Role.ANALYST:
            with pytest.raises(NotAllowed):
                services.upload_snapshot(io.BytesIO(FEW_POSTS), name="posts.csv", about=about(), by=cast[role])


# --- the folder


def test_a_file_of_the_folder_is_taken_in_and_stays(cast, folder, tmp_path):
    (folder / "week.csv").write_bytes(FEW_POSTS)
    assert [each.name for each in selectors.offered_files(cast[Role.ANALYST])] == ["week.csv"]
    snapshot = services.point_at_snapshot("week.csv", about=about(), by=cast[Role.ANALYST])
    assert opened(snapshot, tmp_path) == FEW_POSTS
    assert (folder / "week.csv").exists()


@pytest.mark.parametrize(
    "name",
    [
        "../secret.csv",
        "/etc/passwd",
        "deep/inside.csv",
        "link.csv",
        "pipe.csv",
        ".hidden.csv",
        "",
        ".",
        "no.txt",
        "a\0.csv",
    ],
)
def test_nothing_outside_the_folder_can_be_pointed_at(cast, folder, name):
    import os

    (folder.parent / "secret.csv").write_bytes(FEW_POSTS)
    (folder / "deep").mkdir()
    (folder / "deep" / "inside.csv").write_bytes(FEW_POSTS)
    (folder / "link.csv").symlink_to(folder.parent / "secret.csv")
    (folder / ".hidden.csv").write_bytes(FEW_POSTS)
    (folder / "no.txt").write_bytes(FEW_POSTS)
    os.mkfifo(folder / "pipe.csv")
    assert selectors.offered_files(cast[Role.ANALYST]) == []
    with pytest.raises(NotAsAsked, match="no such file"):
        services.point_at_snapshot(name, about=about(), by=cast[Role.ANALYST])


def test_without_a_folder_nothing_is_offered(cast):
    assert selectors.offered_files(cast[Role.ANALYST]) == []


# --- the end


def test_deleting_destroys_the_key_and_what_nobody_confirmed(cast, django_capture_on_commit_callbacks, tmp_path):
    snapshot = a_snapshot(cast)
    analyst = cast[Role.ANALYST]
    kept = a_finding(cast, snapshot, state=FindingState.CONFIRMED)
    other = a_snapshot(cast)
    gone = a_finding(cast, other, state=FindingState.DISMISSED)
    with django_capture_on_commit_callbacks(execute=True):
        for each in (snapshot, other):
            services.delete_snapshot(each.pk, reason="No longer needed by anybody", by=analyst)
    for each in (snapshot, other):
        with pytest.raises(KeyDestroyed):
            envelope.unseal(each, "sealed_identifier_key", key_id=each.key_id)
        assert not storage._path(each.stored_as).exists()
    assert selectors.finding(analyst, kept.pk).content["things"]
    with pytest.raises(NotPossible, match="deleted"):
        selectors.posts_of_finding(analyst, kept.pk)
    with pytest.raises(NotPossible, match="deleted"):
        selectors.finding(analyst, gone.pk)
    with pytest.raises(KeyDestroyed):
        envelope.unseal(gone, "sealed_content", key_id=gone.key_id)
    with pytest.raises(NotPossible):
        a_run(cast, snapshot)
    with pytest.raises(NotPossible):
        services.delete_snapshot(snapshot.pk, reason="No longer needed by anybody", by=analyst)
    assert AuditEntry.objects.filter(action="snapshot.deleted").count() == 2


def test_snapshots_go_on_their_day(cast, django_capture_on_commit_callbacks):
    snapshot = a_snapshot(cast)
    run = a_run(cast, snapshot)
    assert tasks.sweep_retention() == 0
    with clock.moved_to(clock.now() + timedelta(days=31)), django_capture_on_commit_callbacks(execute=True):
        assert tasks.sweep_retention() >= 1
    snapshot.refresh_from_db()
    run.refresh_from_db()
    assert snapshot.deleted_at is not None
    assert snapshot.deleted_by is None
    assert run.state == RunState.FAILED
    with pytest.raises(KeyDestroyed):
        envelope.unseal(snapshot, "sealed_name", key_id=snapshot.key_id)


def test_a_kill_between_deletion_and_destruction_is_made_good(cast):
    snapshot = a_snapshot(cast)
    services.delete_snapshot(snapshot.pk, reason=REASON, by=cast[Role.ANALYST])  # callbacks do not run in this test
    assert storage._path(snapshot.stored_as).exists()
    assert tasks.sweep_retention() == 1
    assert not storage._path(snapshot.stored_as).exists()
    assert tasks.sweep_retention() == 0


def test_a_confirmed_finding_goes_after_a_year(cast):
    finding = a_finding(cast, state=FindingState.CONFIRMED)
    with clock.moved_to(clock.now() + timedelta(days=366)):
        tasks.sweep_retention()
    finding.refresh_from_db()
    assert finding.shredded_at is not None
    with pytest.raises(KeyDestroyed):
        envelope.unseal(finding, "sealed_content", key_id=finding.key_id)


def test_files_without_a_row_are_swept(cast, settings):
    import os

    snapshot = a_snapshot(cast)
    orphan = storage._folder() / ("0" * 32)
    orphan.write_bytes(b"left")
    lost = settings.RUNS_FOLDER / "00000000-0000-0000-0000-000000000000"
    lost.mkdir(parents=True)
    for path in (orphan, lost, storage._path(snapshot.stored_as)):
        os.utime(path, (1, 1))
    assert tasks.sweep_files() == 2
    assert storage._path(snapshot.stored_as).exists()
