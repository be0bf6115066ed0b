"""The forms of panel meetings. Texts are checked again by the services; here they get their words."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings

from counterpoint.access.models import Agency
from counterpoint.desk.cases.forms import set_choices
from counterpoint.desk.shell.fields import DateParts, DeskForm, VersionedForm, in_plain_words
from counterpoint.panels.policies import MOST_IN_A_LINE, MOST_TEXT
from counterpoint.panels.types import (
    Attending,
    ChairView,
    GivenAttendance,
    GivenPosition,
    NewMeeting,
    SeatRole,
    View,
)
from counterpoint.panels.views import AttendanceLine

_VIEW, _WORDS = "view_", "words_"
_ATTENDING, _DEPUTY, _NAME = "attending_", "deputy_", "name_"


def _long(label: str, hint: str = "", *, required: bool = True, rows: int = 5) -> forms.CharField:
    box = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, help_text=hint, required=required, widget=box, max_length=MOST_TEXT)


# --- panels


class PanelForm(DeskForm):
    name = forms.CharField(label="What is the panel called?", max_length=MOST_IN_A_LINE)


class SeatForm(DeskForm):
    staff = forms.ChoiceField(label="Who?", help_text="People with the role “Panel member” or “Panel chair”")
    role = forms.ChoiceField(label="As what?", choices=SeatRole.choices, widget=forms.RadioSelect)


# --- meetings


class TimeOfDay(forms.CharField):
    """A time of the day as people write it."""

    default_error_messages = {"invalid": "Enter a time, for example 14:00."}

    def clean(self, value: Any) -> Any:
        plain = super().clean(value)
        try:
            return time.fromisoformat(plain.strip().replace(".", ":").zfill(5))
        except ValueError:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None


class MeetingForm(DeskForm):
    on = DateParts(label="On which day?", help_text="For example, 27 3 2027")
    at = TimeOfDay(label="At what time?", help_text="For example, 14:00", max_length=8)
    place = forms.CharField(
        label="Where, or how to join?", help_text="Everybody on the panel reads this. Name no case.", max_length=200
    )
    chair = forms.ChoiceField(label="Who chairs?")

    def meeting(self) -> NewMeeting:
        """What the form says. Only when it is valid."""
        given = self.cleaned_data
        zone = ZoneInfo(settings.DISPLAY_TIME_ZONE)
        return NewMeeting(
            starts_at=datetime.combine(given["on"], given["at"], zone),
            place=given["place"],
            chair_id=UUID(given["chair"]),
        )


class MeetingChangeForm(MeetingForm, VersionedForm):
    pass


class ReasonForm(VersionedForm):
    reason = _long("Why does the meeting not take place?", "Kept for who prepares meetings.")


class AttendanceForm(VersionedForm):
    """One question for each seat, and who came instead."""

    def __init__(self, *args: Any, lines: Sequence[AttendanceLine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = lines
        for line in lines:
            who = f"{line.name}, {line.agency}"
            self.fields[f"{_ATTENDING}{line.seat_id}"] = forms.ChoiceField(
                label=who,
                choices=Attending.choices,
                widget=forms.RadioSelect,
                initial=line.attending.value if line.attending else None,
                error_messages={"required": f"Say whether {line.name} came."},
            )
            self.fields[f"{_DEPUTY}{line.seat_id}"] = forms.ChoiceField(
                label=f"Deputy of {line.name} with an account",
                choices=[("", "Nobody"), *line.possible_deputies],
                required=False,
                initial=str(line.deputy_id) if line.deputy_id else "",
            )
            self.fields[f"{_NAME}{line.seat_id}"] = forms.CharField(
                label=f"Or the name of a deputy of {line.name} without one",
                required=False,
                max_length=MOST_IN_A_LINE,
                initial=line.deputy_name,
            )

    def given(self) -> list[GivenAttendance]:
        """What the form says. Only when it is valid."""
        return [self._one(line.seat_id) for line in self.lines]

    def _one(self, seat_id: UUID) -> GivenAttendance:
        deputy = self.cleaned_data[f"{_DEPUTY}{seat_id}"]
        return GivenAttendance(
            seat_id=seat_id,
            attending=Attending(self.cleaned_data[f"{_ATTENDING}{seat_id}"]),
            deputy_id=UUID(deputy) if deputy else None,
            deputy_name=self.cleaned_data[f"{_NAME}{seat_id}"],
        )


# --- the agenda


class LeaveForm(DeskForm):
    reason = _long("Why is it left for later?", "Kept with the case.", rows=3)


class MoveForm(DeskForm):
    above = forms.UUIDField(widget=forms.HiddenInput)


class PaperForm(VersionedForm):
    text = _long(
        "Summary for the panel (optional)",
        "What the panel is asked, and what it should know. Members who were given the concern read it.",
        required=False,
        rows=12,
    )
    home_force = forms.ChoiceField(
        label="Which is the police of the person's home force?",
        help_text="They must be there when the person is discussed.",
        required=False,
    )

    def force_id(self) -> UUID | None:
        """Which agency was chosen, if one was. Only when the form is valid."""
        chosen = self.cleaned_data["home_force"]
        return UUID(chosen) if chosen else None


# --- an item


class RecuseForm(DeskForm):
    reason = forms.CharField(
        label="What is the conflict of interest?",
        help_text="A few words that give nobody away, for example: I know the family",
        max_length=300,
    )


class RecuseOtherForm(RecuseForm):
    staff = forms.ChoiceField(label="Who steps aside?", widget=forms.RadioSelect)
    field_order = ("staff", "reason")


class PositionsForm(VersionedForm):
    """What is proposed, and for each agency that is there for the item what it says to that. entered_by: of agencies
    whose own people entered it, who."""

    motion = forms.ChoiceField(label="What is proposed to the panel?", widget=forms.RadioSelect)

    def __init__(self, *args: Any, choices: Iterable[tuple[str, str]], entitled: Sequence[Agency],
                 entered_by: Mapping[str, str], is_chair: bool, **kwargs: Any) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        self.entitled = entitled
        set_choices(self, "motion", choices)
        for agency in entitled:
            self.fields[f"{_VIEW}{agency.pk}"] = forms.ChoiceField(
                label=f"{agency.name}",
                help_text=f"Entered by {entered_by[agency.name]}" if agency.name in entered_by else "",
                choices=View.choices,
                widget=forms.RadioSelect,
                required=False,
            )
            self.fields[f"{_WORDS}{agency.pk}"] = _long(
                f"In the words of {agency.name}", "Needed where they disagree.", required=False, rows=2
            )
        if is_chair:
            self.fields["chair_view"] = forms.ChoiceField(
                label="Your own view, as the chair",
                help_text="It counts only where there is no majority.",
                choices=ChairView.choices,
                widget=forms.RadioSelect,
            )
        in_plain_words(self)

    def given(self) -> list[GivenPosition]:
        """The positions that were taken. Only when the form is valid."""
        found = []
        for agency in self.entitled:
            view = self.cleaned_data[f"{_VIEW}{agency.pk}"]
            if view:
                found.append(GivenPosition(agency.pk, View(view), self.cleaned_data[f"{_WORDS}{agency.pk}"]))
        return found

    def chair_view(self) -> ChairView | None:
        """What the chair said, if it is the chair who fills in the form."""
        chosen = self.cleaned_data.get("chair_view")
        return ChairView(chosen) if chosen else None


class OwnPositionForm(VersionedForm):
    """What a member says for their own agency. `motion_number`: of the proposal that the page showed."""

    motion_number = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    view = forms.ChoiceField(label="What does your agency say to it?", choices=View.choices, widget=forms.RadioSelect)
    words = _long("In your words (optional)", "Needed where you disagree.", required=False, rows=4)


def said_before(views: Iterable[tuple[UUID, str, str]]) -> dict[str, str]:
    """What the form of positions begins with: (agency, view, words)."""
    initial: dict[str, str] = {}
    for agency_id, view, words in views:
        initial |= {f"{_VIEW}{agency_id}": view, f"{_WORDS}{agency_id}": words}
    return initial


# --- minutes


class TextForm(VersionedForm):
    text = _long("Text", required=False, rows=10)


class CopyForm(DeskForm):
    purpose = forms.CharField(
        label="What do you need the copy for?", help_text="Recorded in the audit trail. Name nobody.", max_length=200
    )


def local_day(at: datetime) -> date:
    """The day of a moment where the deployment is."""
    return at.astimezone(ZoneInfo(settings.DISPLAY_TIME_ZONE)).date()


def local_time(at: datetime) -> str:
    """The time of the day of a moment where the deployment is, as the form takes it."""
    return f"{at.astimezone(ZoneInfo(settings.DISPLAY_TIME_ZONE)):%H:%M}"
