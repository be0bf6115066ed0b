"""How a pack and its files are addressed."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256


def file_hashes(files: Mapping[str, bytes]) -> dict[str, str]:
    """path to SHA-256 in hex, in the order of the paths."""
    return {path: sha256(files[path]).hexdigest() for path in sorted(files)}


def content_hash(hashes: Mapping[str, str]) -> str:
    """SHA-256 (hex) over one line `<sha256>  <path>` for each file, sorted by path: what `sha256sum` prints."""
    lines = "".join(f"{hashes[path]}  {path}\n" for path in sorted(hashes))
    return sha256(lines.encode()).hexdigest()
