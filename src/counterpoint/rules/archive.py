"""The archive of files by content hash, and putting a checked pack in force."""

from collections.abc import Mapping

from counterpoint.access.models import Staff
from counterpoint.base import clock
from counterpoint.base.errors import Fault
from counterpoint.kernel.packs import Pack
from counterpoint.kernel.packs.hashes import file_hashes
from counterpoint.rules.models import PackVersion, RulesFile


class NotArchived(Fault):
    """A record names a file that the archive lacks."""


def archive_files(files: Mapping[str, bytes]) -> dict[str, str]:
    """Keep each file once, by its content. files: path to content. Returns path to SHA-256 (hex)."""
    hashes, at = file_hashes(files), clock.now()
    rows = {
        sha256: RulesFile(sha256=sha256, path=path, content=files[path], archived_at=at)
        for path, sha256 in hashes.items()
    }
    RulesFile.objects.bulk_create(rows.values(), ignore_conflicts=True)
    return hashes


def archived_contents(hashes: Mapping[str, str]) -> dict[str, bytes]:
    """The files of these hashes. hashes: path to SHA-256 (hex). Raises NotArchived."""
    contents = {file.sha256: bytes(file.content) for file in RulesFile.objects.filter(pk__in=set(hashes.values()))}
    missing = sorted(path for path, sha256 in hashes.items() if sha256 not in contents)
    if missing:
        raise NotArchived(f"the archive lacks {', '.join(missing)}")
    return {path: contents[sha256] for path, sha256 in hashes.items()}


def put_in_force(pack: Pack, *, why: str = "", staff: Staff | None = None) -> PackVersion:
    """A row that says: from now on this pack. Its files are archived already; the caller audits."""
    return PackVersion.objects.create(
        pack_id=pack.id,
        version=pack.version,
        content_hash=pack.content_hash,
        files=dict(pack.files),
        activated_at=clock.now(),
        why=why,
        by=staff,
    )
