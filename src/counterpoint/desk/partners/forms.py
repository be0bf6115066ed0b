"""The forms of working with other agencies. Choices come from the agreement that a form works under."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings

from counterpoint.access.policies import LONGEST_URGENT, REASON_CHARACTERS
from counterpoint.access.types import AgreementView, Section, Term
from counterpoint.base import ids
from counterpoint.cases.policies import MOST_TEXT as MAX_TEXT
from counterpoint.desk.cases.forms import set_choices
from counterpoint.desk.shell.fields import DateParts, DeskForm, VersionedForm
from counterpoint.partners.types import DISCLOSABLE, Provenance

IN_PAPERS = "The support plan, assessments and answers of other agencies are read in the papers of their panel."
LINE = 300
BASIS = 200
_URGENT_HOURS = (4, 12, 24, 48, LONGEST_URGENT // timedelta(hours=1))


def end_of(day: date) -> datetime:
    """The last moment of the day, where the deployment is."""
    return datetime.combine(day, time(23, 59, 59), tzinfo=ZoneInfo(settings.DISPLAY_TIME_ZONE))


def parts_of(sections: Iterable[Section]) -> list[tuple[str, str]]:
    """Sections as choices."""
    return [(section.value, section.label) for section in sections]


def terms_of(terms: Iterable[Term]) -> list[tuple[str, str]]:
    """Purposes or legal bases of an agreement as choices."""
    return [(term.id, term.words) for term in terms]


def day_told(day: date) -> str:
    """A day as sentences have it."""
    return f"{day.day} {day:%B %Y}"


class UnderAgreementForm(DeskForm):
    """A form whose purpose and legal basis are chosen from those of an agreement."""

    purpose = forms.ChoiceField(label="What for?", widget=forms.RadioSelect)
    legal_basis = forms.ChoiceField(label="On what legal basis?", widget=forms.RadioSelect)

    def __init__(self, *args: Any, agreement: AgreementView, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.agreement = agreement
        set_choices(self, "purpose", terms_of(agreement.purposes))
        set_choices(self, "legal_basis", terms_of(agreement.legal_bases))


class ShareForm(UnderAgreementForm):
    sections = forms.MultipleChoiceField(
        label="Which parts?", help_text=f"Only what they need. {IN_PAPERS}", widget=forms.CheckboxSelectMultiple
    )
    until = DateParts(label="Until which day?", help_text="To the end of that day, at most a year ahead")
    field_order = ("sections", "purpose", "legal_basis", "until")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "sections", parts_of(self.agreement.sections))


class UrgentShareForm(DeskForm):
    agency = forms.ChoiceField(label="With which agency?")
    sections = forms.MultipleChoiceField(
        label="Which parts?",
        help_text=f"Only what they need now. {IN_PAPERS}",
        choices=Section.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    purpose = forms.CharField(label="What for?", max_length=LINE)
    legal_basis = forms.CharField(label="On what legal basis?", max_length=BASIS)
    because = forms.CharField(
        label="Why can it not wait for an agreement?",
        help_text=f"At least {REASON_CHARACTERS} characters. A supervisor reads this and reviews it. Name no person.",
        widget=forms.Textarea,
        max_length=500,
    )
    hours = forms.TypedChoiceField(
        label="For how long?",
        choices=[(str(hours), f"{hours} hours") for hours in _URGENT_HOURS],
        coerce=int,
        widget=forms.RadioSelect,
    )


class EndSharingForm(DeskForm):
    because = forms.CharField(label="Why does it end?", max_length=LINE)


class ReviewForm(DeskForm):
    found_proper = forms.TypedChoiceField(
        label="Was it proper to share this without an agreement?",
        choices=[("yes", "Yes, it was proper"), ("no", "No, it was not proper: it ends now if it still runs")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label="Why?",
        help_text=f"At least {REASON_CHARACTERS} characters",
        widget=forms.Textarea,
        max_length=500,
    )


class AgreementForm(DeskForm):
    partner = forms.ChoiceField(label="With which agency?")
    reference = forms.CharField(
        label="Reference of the signed document", help_text="For example ISA-2026-04", max_length=120
    )
    sections = forms.MultipleChoiceField(
        label="Which parts of a case may be shared?", choices=Section.choices, widget=forms.CheckboxSelectMultiple
    )
    purposes = forms.CharField(
        label="For which purposes?",
        help_text=f"One a line, at most {LINE} characters each. Staff choose from them when they share.",
        widget=forms.Textarea,
        max_length=10_000,
    )
    legal_bases = forms.CharField(
        label="On which legal bases?",
        help_text=f"One a line, at most {BASIS} characters each",
        widget=forms.Textarea,
        max_length=10_000,
    )
    valid_from = DateParts(label="From which day?", help_text="For example, 27 3 2027")
    valid_until = DateParts(label="Until which day?", help_text="To the end of that day, at most five years later")


class AgreementChangeForm(AgreementForm, VersionedForm):
    pass


class EndAgreementForm(DeskForm):
    because = forms.CharField(label="Why does the agreement end?", max_length=LINE)


# --- requests for information


class AskForm(UnderAgreementForm):
    question = forms.CharField(
        label="What do you want to know?",
        help_text="Ask only for what is needed. The agency reads this.",
        widget=forms.Textarea,
        max_length=MAX_TEXT,
    )
    sections = forms.MultipleChoiceField(
        label="What do you show with it? (optional)",
        help_text="As the referrals say it today, who reported apart. Nothing else of the case is shown.",
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    due_on = DateParts(label="Answer by (optional)", help_text="Left empty, the pack's period counts", required=False)
    field_order = ("question", "sections", "purpose", "legal_basis", "due_on")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "sections", parts_of(part for part in DISCLOSABLE if part in self.agreement.sections))


class AnswerForm(DeskForm):
    text = forms.CharField(
        label="What does your agency know?",
        help_text="Tell what was seen or heard apart from what someone thinks.",
        widget=forms.Textarea,
        max_length=MAX_TEXT,
    )
    provenance = forms.ChoiceField(label="How do you know?", choices=Provenance.choices, widget=forms.RadioSelect)


class BecauseForm(DeskForm):
    because = forms.CharField(label="Why?", widget=forms.Textarea, max_length=MAX_TEXT)


# --- transfers


class OfferForm(DeskForm):
    to = forms.ChoiceField(label="To which agency?")
    reason = forms.CharField(
        label="Why should they lead the case?",
        help_text="Their supervisors read this.",
        widget=forms.Textarea,
        max_length=MAX_TEXT,
    )
    legal_basis = forms.CharField(label="On what legal basis?", max_length=BASIS)
    sections = forms.MultipleChoiceField(
        label="What do you show with it? (optional)",
        help_text="As the referrals say it today, who reported apart. Nothing else is shown before they accept.",
        choices=[(section.value, section.label) for section in DISCLOSABLE],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )


class AcceptForm(DeskForm):
    lead_officer = forms.ChoiceField(label="Who leads the case from now on?")


class LoggedForm(DeskForm):
    reference = forms.CharField(label="Reference of the case", required=False, max_length=40)

    def clean_reference(self) -> str:
        given = self.cleaned_data["reference"]
        reference = ids.read_reference(given) if given else ""
        if reference is None:
            raise forms.ValidationError("This is not a reference of ours. One looks like CP-7K3M-9Q2D-4.")
        return reference
