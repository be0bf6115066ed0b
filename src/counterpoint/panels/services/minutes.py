"""Minutes: drafted from what was recorded, edited by who prepares, approved by the chair, then superseded only."""

from dataclasses import asdict

from django.db import IntegrityError, transaction

from counterpoint.access.models import Staff
from counterpoint.base import clock
from counterpoint.base.errors import Conflict
from counterpoint.base.keyring import KeyDestroyed
from counterpoint.base.rows import one_or_none
from counterpoint.cases import envelope
from counterpoint.cases.services.change import CHANGED
from counterpoint.panels import policies
from counterpoint.panels.models import Minutes, MinutesItem, PanelMeeting
from counterpoint.panels.permissions import check_chairs, check_knows_item, check_prepares
from counterpoint.panels.records import record_of, seat_lines
from counterpoint.panels.services.change import locked_meeting, locked_minutes, record_meeting
from counterpoint.panels.types import ItemState, MinutesState


@transaction.atomic
def draft_minutes(meeting: PanelMeeting, *, by: Staff) -> Minutes:
    """A draft, with what the final minutes before it said; they stay until the draft is approved. The draft that there
    is already is that draft.

    Raises NotFound, NotAllowed; NotPossible for a meeting that was not held."""
    row = locked_meeting(meeting.pk)
    check_prepares(by, row.panel)
    policies.check_can_be_minuted(row)
    known = one_or_none(row.minutes.filter(state=MinutesState.DRAFT))
    if known is not None:
        return known
    before = row.minutes.order_by("-number").first()
    try:
        with transaction.atomic():
            return _drafted(row, before, by=by)
    except IntegrityError:
        return row.minutes.get(state=MinutesState.DRAFT)  # somebody else drafted them at the same moment


@transaction.atomic
def edit_summary(minutes: Minutes, *, text: str, by: Staff, expected_version: int) -> Minutes:
    """What the minutes say of the meeting as a whole: nothing of any case, since everybody at the table reads it.

    Raises NotFound, NotAllowed, NotPossible for final ones, Missing; Conflict, holding what the other saved."""
    row = locked_minutes(minutes.pk)
    check_prepares(by, row.meeting.panel)
    policies.check_draft(row)
    plain = policies.check_length(text, what="the summary")
    if row.version != expected_version:
        theirs = envelope.unseal(row, "sealed_summary", key_id=row.meeting.key_id)
        raise Conflict(CHANGED, theirs={"text": theirs, "version": row.version})
    sealed = envelope.seal(row, "sealed_summary", plain, key_id=row.meeting.key_id) if plain else b""
    row.save_changes(expected_version=expected_version, sealed_summary=sealed)
    record_meeting("minutes_edited", row.meeting, by=by, facts={"minutes": row.number})
    return row


@transaction.atomic
def edit_item_text(row: MinutesItem, *, text: str, by: Staff, expected_version: int) -> MinutesItem:
    """What the minutes say of one case besides what was recorded, for those who may read of it.

    Raises as `edit_summary`; NotFound for a case that `by` may not know of."""
    minutes = locked_minutes(row.minutes_id)
    row = MinutesItem.objects.select_for_update(of=("self",)).select_related("item__case").get(pk=row.pk)
    row.item.meeting = minutes.meeting
    check_prepares(by, minutes.meeting.panel)
    check_knows_item(by, row.item)
    policies.check_draft(minutes)
    plain = policies.check_length(text, what="the text")
    key_id = row.item.case.key_id
    if row.version != expected_version:
        theirs = envelope.unseal(row, "sealed_text", key_id=key_id)
        raise Conflict(CHANGED, theirs={"text": theirs, "version": row.version})
    sealed = envelope.seal(row, "sealed_text", plain, key_id=key_id) if plain else b""
    row.save_changes(expected_version=expected_version, sealed_text=sealed)
    record_meeting(
        "minutes_edited", minutes.meeting, by=by, facts={"minutes": minutes.number, "item": str(row.item_id)}
    )
    return row


@transaction.atomic
def approve_minutes(minutes: Minutes, *, by: Staff, expected_version: int) -> Minutes:
    """The minutes are final, with all that was recorded as it stands now; those before are superseded. By who chairs
    the meeting. Twice is once.

    Raises NotFound, NotAllowed, Conflict."""
    row, at = locked_minutes(minutes.pk), clock.now()
    check_chairs(by, row.meeting)
    if row.state == MinutesState.FINAL:
        return row
    _add_missing_items(row)
    for line in row.items.select_related("item__case").order_by("id"):
        _keep_record(line)
    lines = [asdict(line) for line in seat_lines(row.meeting)]
    row.save_changes(
        expected_version=expected_version,
        state=MinutesState.FINAL,
        sealed_attendance=envelope.seal(row, "sealed_attendance", lines, key_id=row.meeting.key_id),
        approved_by=by,
        approved_at=at,
    )
    record_meeting("minutes_approved", row.meeting, by=by, facts={"minutes": row.number})
    return row


def _drafted(meeting: PanelMeeting, before: Minutes | None, *, by: Staff) -> Minutes:
    row = Minutes(meeting=meeting, number=(before.number if before else 0) + 1, drafted_by=by)
    if before is not None and before.sealed_summary:
        text = envelope.unseal(before, "sealed_summary", key_id=meeting.key_id)
        row.sealed_summary = envelope.seal(row, "sealed_summary", text, key_id=meeting.key_id)
    row.save(force_insert=True)
    _add_missing_items(row, before=before)
    record_meeting("minutes_drafted", meeting, by=by, facts={"minutes": row.number})
    return row


def _add_missing_items(row: Minutes, *, before: Minutes | None = None) -> None:
    """A line for each case that the meeting took up."""
    known = set(row.items.values_list("item_id", flat=True))
    said = {line.item_id: line for line in before.items.all()} if before else {}
    for item in row.meeting.items.filter(state=ItemState.ON).select_related("case").order_by("place", "id"):
        if item.pk in known:
            continue
        line = MinutesItem(minutes=row, item=item)
        earlier = said.get(item.pk)
        if earlier is not None and earlier.sealed_text:
            line.sealed_text = _sealed_again(earlier, line)
        line.save(force_insert=True)


def _sealed_again(earlier: MinutesItem, line: MinutesItem) -> bytes:
    """The earlier text for the new line; nothing where the case was erased."""
    key_id = line.item.case.key_id
    try:
        text = envelope.unseal(earlier, "sealed_text", key_id=key_id)
    except KeyDestroyed:
        return b""
    return envelope.seal(line, "sealed_text", text, key_id=key_id)


def _keep_record(line: MinutesItem) -> None:
    try:
        sealed = envelope.seal(line, "sealed_record", record_of(line.item).to_json(), key_id=line.item.case.key_id)
    except KeyDestroyed:
        return  # the case was erased: nothing is left to keep
    MinutesItem.objects.filter(pk=line.pk).update(sealed_record=sealed)
