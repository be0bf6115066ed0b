"""Files that a process lead edits: the England pack's, with one thing changed each."""

from datetime import timedelta

from django.conf import settings

from counterpoint.base import clock
from counterpoint.kernel.packs import read_folder
from counterpoint.rules.archive import archive_files, put_in_force
from counterpoint.rules.selectors import checked_pack, version_in_force

TRIAGE = "decisions/triage.dmn"
SECOND_READER = "decisions/second_reader.dmn"
CLOCK_PERIODS = "decisions/clock_periods.dmn"
RETENTION = "decisions/retention.dmn"
MANIFEST = "pack.yaml"
CLOSURE = "closure_reasons.yaml"


def england() -> dict[str, bytes]:
    return read_folder(settings.PACK_FOLDER)


def edited(path: str, old: str, new: str) -> bytes:
    """That file of the England pack with one passage put otherwise."""
    text = england()[path].decode()
    assert old in text, (path, old)
    return text.replace(old, new, 1).encode()


def cell(rule: str, column: str, old: str, new: str) -> bytes:
    """The triage table with one cell put otherwise."""
    kind = "outputEntry" if column in ("route", "urgency", "reason") else "inputEntry"
    place = f'<{kind} id="{rule}_{column}"><text>'
    return edited(TRIAGE, f"{place}{old}</text>", f"{place}{new}</text>")


def sooner_repeats() -> bytes:
    """Possible repeats are looked at within five days, not the same day."""
    return cell("repeat", "urgency", '"same_day"', '"five_days"')


def repeats_to_advice() -> bytes:
    """Possible repeats go to advice: a change of route."""
    return cell("repeat", "route", '"case"', '"advice"')


def more_second_readers() -> bytes:
    """Whatever closes a referral is read by a second person."""
    place = '<inputEntry id="closing_an_emergency_is_emergency"><text>'
    return edited(SECOND_READER, f"{place}true</text>", f"{place}-</text>")


def new_version(number: str = "2026.2") -> bytes:
    return edited(MANIFEST, 'version: "2026.1"', f'version: "{number}"')


def england_in_force_with(path: str, content: bytes | None) -> None:
    """From now on the England pack with this file as it is given, or without it. A moment later than what was in force,
    since the clock of tests may stand still."""
    files = england()
    files.pop(path, None)
    files |= {} if content is None else {path: content}
    archive_files(files)
    with clock.moved_to(version_in_force().activated_at + timedelta(seconds=1)):
        put_in_force(checked_pack(files))
