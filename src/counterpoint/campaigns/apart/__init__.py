"""What runs in a process of its own, within limits of memory and time: detection, and the search for what moved.

`python -m counterpoint.campaigns.apart` reads one line of JSON from standard input (`Job`) and works in the folder
that it names: `progress.json` while at work, then `outcome.json`, or `failure.json` with a word and what to say. It
knows no database and no settings. It ends itself when its standard input is closed, that is when the worker died.
"""

from typing import Any, TypedDict

PROGRESS, OUTCOME, FAILURE = "progress.json", "outcome.json", "failure.json"


class Job(TypedDict):
    """kind: "detect" or "trace". posts: the file's name in `folder`. key: in hex, accounts are hashed under it.
    things: for "trace", what to look for, as a finding holds it; versions of a wording with their texts."""

    kind: str
    folder: str
    posts: str
    key: str
    mapping: dict[str, str]
    parameters: dict[str, Any]
    things: list[dict[str, str]]
    memory_mb: int
    cpu_seconds: int
