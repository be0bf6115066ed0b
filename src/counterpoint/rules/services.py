"""Putting a pack in force."""

from pathlib import Path

from django.db import transaction

from counterpoint.audit import services as audit
from counterpoint.audit.types import Actor, Subject
from counterpoint.base import clock
from counterpoint.kernel.packs import Pack, read_folder
from counterpoint.rules.models import PackVersion, RulesFile
from counterpoint.rules.selectors import checked_pack


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
        _archive(pack, files)
        row = PackVersion.objects.create(
            pack_id=pack.id,
            version=pack.version,
            content_hash=pack.content_hash,
            files=dict(pack.files),
            activated_at=clock.now(),
        )
        audit.record(
            "pack.activated",
            by=by,
            about=Subject("pack_version", row.id),
            detail={"pack": pack.id, "version": pack.version, "content_hash": pack.content_hash},
        )
        return row


def _archive(pack: Pack, files: dict[str, bytes]) -> None:
    at = clock.now()
    rows = {
        sha256: RulesFile(sha256=sha256, path=path, content=files[path], archived_at=at)
        for path, sha256 in pack.files.items()
    }
    RulesFile.objects.bulk_create(rows.values(), ignore_conflicts=True)
