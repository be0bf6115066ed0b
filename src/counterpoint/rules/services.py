"""Changing which rules are in force: the face of this folder for whoever writes. What a command does at once is here;
what staff do step by step is `counterpoint.rules.drafts`."""

from pathlib import Path

from django.db import transaction

from counterpoint.audit import services as audit
from counterpoint.audit.types import Actor, Subject
from counterpoint.kernel.packs import read_folder
from counterpoint.rules.archive import archive_files, put_in_force
from counterpoint.rules.drafts import (
    approve_draft,
    bring_up_to_date,
    end_shadow,
    go_live,
    note_backtest,
    remove_file,
    roll_back,
    start_draft,
    start_shadow,
    upload_files,
    upload_pack,
    withdraw_draft,
)
from counterpoint.rules.errors import FilesRefused
from counterpoint.rules.models import PackVersion, RuleDraft
from counterpoint.rules.selectors import checked_pack
from counterpoint.rules.types import DraftState

__all__ = [
    "FilesRefused",
    "activate_pack",
    "approve_draft",
    "bring_up_to_date",
    "end_shadow",
    "go_live",
    "note_backtest",
    "remove_file",
    "roll_back",
    "start_draft",
    "start_shadow",
    "upload_files",
    "upload_pack",
    "withdraw_draft",
]


def activate_pack(folder: Path, *, by: Actor) -> PackVersion:
    """Put the pack in this folder in force, and archive each of its files by content hash.

    Activating what is in force already changes nothing and records nothing. Raises NotAPackFolder, or PackProblems
    with all problems."""
    files = read_folder(folder)
    pack = checked_pack(files)
    with transaction.atomic():
        latest = PackVersion.objects.select_for_update().order_by("-activated_at", "-id").first()
        if latest is not None and latest.content_hash == pack.content_hash:
            return latest
        archive_files(files)
        RuleDraft.objects.filter(state=DraftState.LIVE).update(state=DraftState.REPLACED)
        row = put_in_force(pack)
        audit.record(
            "pack.activated",
            by=by,
            about=Subject("pack_version", row.id),
            detail={"pack": pack.id, "version": pack.version, "content_hash": pack.content_hash},
        )
        return row
