"""The forms of campaigns."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from counterpoint.base import clock
from counterpoint.campaigns.policies import LARGEST_UPLOAD, LONGEST_KEPT, mapping_of
from counterpoint.campaigns.types import (
    JUDGEMENTS,
    SUFFIXES,
    About,
    Detector,
    ExportFormat,
    LegalBasis,
    Parameters,
    PlatformAct,
    Tlp,
)
from counterpoint.desk.shell.fields import DateParts, DeskForm, VersionedForm

_USUALLY_KEPT = timedelta(days=90)
_PARTS_OF_AN_ACT = 3


def usual_last_day() -> date:
    """What the form proposes; any earlier day is better."""
    return clock.now().date() + _USUALLY_KEPT


class AboutForm(DeskForm):
    """What must be said of posts before they are taken in."""

    title = forms.CharField(
        label="Title", help_text="How colleagues will find it. Name no person and no account.", max_length=120
    )
    purpose = forms.CharField(label="What are these posts needed for?", max_length=300)
    legal_basis = forms.ChoiceField(label="Legal basis", choices=LegalBasis.choices, widget=forms.RadioSelect)
    source_note = forms.CharField(
        label="Where do they come from?", help_text="Who collected them, how, and under which terms.", max_length=300
    )
    delete_on = DateParts(
        label="Delete on",
        help_text=f"At most {LONGEST_KEPT.days} days from now. The posts go on this day, and what was not confirmed.",
    )
    mapping = forms.CharField(
        label="Other names of columns (optional)",
        help_text="Where the file calls a column otherwise. One a line, our name first: post_id = id",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def about(self) -> About:
        """What the form says. Only when it is valid."""
        given = self.cleaned_data
        return About(
            title=given["title"],
            purpose=given["purpose"],
            legal_basis=LegalBasis(given["legal_basis"]),
            source_note=given["source_note"],
            delete_on=given["delete_on"],
            mapping=mapping_of(given["mapping"]),
        )


class UploadForm(AboutForm):
    file = forms.FileField(
        label="Posts",
        help_text=f"{', '.join(SUFFIXES)}; at most {LARGEST_UPLOAD // 1_000_000} MB. "
        "Columns post_id, account_id and posted_at, and any of platform, text, urls, hashtags, mentions, reply_to, "
        "repost_of, media_hashes, client, language.",
    )
    field_order = ("file",)


class PointForm(AboutForm):
    file = forms.ChoiceField(label="File in the snapshot folder", widget=forms.RadioSelect)
    field_order = ("file",)


class DeleteForm(DeskForm):
    reason = forms.CharField(
        label="Why are they deleted before their day?", max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )


class Acts(forms.CharField):
    """Acts of platforms: day, platform and what it did, one a line."""

    widget = forms.Textarea

    def clean(self, value: Any) -> tuple[PlatformAct, ...]:
        text = super().clean(value)
        acts, wrong = [], []
        for number, line in enumerate(text.splitlines(), start=1):
            if not line.strip():
                continue
            parts = [part.strip() for part in line.split(",", _PARTS_OF_AN_ACT - 1)]
            try:
                acts.append(PlatformAct(date.fromisoformat(parts[0]), parts[1][:60], parts[2][:120]))
            except (ValueError, IndexError):
                wrong.append(str(number))
        if wrong:
            raise forms.ValidationError(
                f"Line {', '.join(wrong)}: write the day, the platform and what it did, with commas: "
                "2026-03-04, chirper, closed accounts",
                code="invalid",
            )
        return tuple(acts)


class RunForm(DeskForm):
    detectors = forms.MultipleChoiceField(
        label="What to look for", choices=Detector.choices, widget=forms.CheckboxSelectMultiple
    )
    window_seconds = forms.IntegerField(
        label="Window, seconds",
        help_text="For posts close in time: two posts of the same thing count when they are at most so far apart.",
    )
    min_participation = forms.IntegerField(
        label="Fewest posts", help_text="For posts close in time: how many such posts an account needs."
    )
    acts = Acts(
        label="Acts of platforms (for displacement)",
        help_text="One a line: day, platform, what it did. For example: 2026-03-04, chirper, closed accounts",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def parameters(self) -> Parameters:
        """What the form says. Only when it is valid."""
        given = self.cleaned_data
        chosen = tuple(detector for detector in Detector if detector.value in given["detectors"])
        return Parameters(chosen, given["window_seconds"], given["min_participation"], given["acts"])


class JudgeForm(VersionedForm):
    state = forms.ChoiceField(
        label="What do you make of it?",
        choices=[(state.value, state.label) for state in JUDGEMENTS],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label="Why?",
        help_text="Say also why the innocent explanation holds or does not. Name no person.",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )


class ActForm(DeskForm):
    on = DateParts(label="On which day?")
    platform = forms.CharField(label="Platform", max_length=60)
    what = forms.CharField(label="What did it do?", help_text="For example: closed the accounts.", max_length=300)


class FollowForm(DeskForm):
    snapshot = forms.ChoiceField(label="Look in", widget=forms.RadioSelect)


class SendForm(DeskForm):
    addresses = forms.MultipleChoiceField(label="Addresses to be assessed", widget=forms.CheckboxSelectMultiple)
    note = forms.CharField(
        label="What does it show? (optional)",
        help_text="For whoever assesses it. Name no person and no account.",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class ExportForm(DeskForm):
    format = forms.ChoiceField(label="Format", choices=ExportFormat.choices, widget=forms.RadioSelect)
    tlp = forms.ChoiceField(label="Whom it may go on to", choices=Tlp.choices, widget=forms.RadioSelect)
    recipient = forms.CharField(label="Which organisation gets it?", max_length=120)
    purpose = forms.CharField(label="What does it need it for?", max_length=300)


def show_form(
    request: HttpRequest, form: forms.Form, *, title: str, submit: str, back: str, **more: Any
) -> HttpResponse:
    """The page of a form. more: caption, intro (sentences), is_serious, is_multipart."""
    context = {
        "form": form,
        "title": title,
        "submit_text": submit,
        "back": back,
        "caption": "",
        "intro": (),
        "is_serious": False,
        "is_multipart": False,
        **more,
    }
    return render(request, "desk/campaigns/form.html", context)
