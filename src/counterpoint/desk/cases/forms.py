"""The forms of casework. Texts are checked again by the services; here they get their words."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django import forms

from counterpoint.base.errors import NotPossible
from counterpoint.cases.errors import Missing
from counterpoint.cases.policies import need_label
from counterpoint.cases.steps import MAX_TEXT, Shape, StepField, StepForm
from counterpoint.cases.types import ActionKind, ActionOutcome, Impact, NoteVisibility
from counterpoint.desk.shell.fields import DateParts, DeskForm, VersionedForm
from counterpoint.intake.mailbox import LONGEST_MESSAGE
from counterpoint.kernel.packs import ClosureReason

_LINE = 300
NEED = "need_"  # before the name of what a closure reason asks for


@contextmanager
def problems_on(form: forms.Form) -> Iterator[None]:
    """Within this block what stands against a change becomes errors of the form, each by itself, so that the page is
    shown again with what was typed. Other refusals pass."""
    try:
        yield
    except Missing as refusal:
        for problem in refusal.problems:
            form.add_error(None, problem)
    except NotPossible as refusal:
        form.add_error(None, str(refusal))


def set_choices(form: forms.Form, name: str, choices: Iterable[tuple[str, str]]) -> None:
    """Give a choice field what can be chosen here."""
    field = form.fields[name]
    if isinstance(field, forms.ChoiceField):
        field.choices = list(choices)


def _long(label: str, hint: str = "", *, required: bool = True, most: int = MAX_TEXT) -> forms.CharField:
    return forms.CharField(label=label, help_text=hint, required=required, widget=forms.Textarea, max_length=most)


# --- steps


def step_form(form: StepForm) -> type[VersionedForm]:
    """A form that asks what the step asks."""
    fields = {field.id: _step_field(field) for field in form.fields}
    return type("StepForm", (VersionedForm,), fields)


def _step_field(field: StepField) -> forms.Field:
    optional = "" if field.required else " (optional)"
    if field.shape is Shape.CHOICES:
        return forms.MultipleChoiceField(
            label=field.label + optional,
            help_text=field.hint,
            choices=field.choices,
            required=field.required,
            widget=forms.CheckboxSelectMultiple,
        )
    if field.shape is Shape.DATE:
        return DateParts(label=field.label + optional, help_text=field.hint, required=field.required)
    if field.shape is Shape.LINE:
        return forms.CharField(
            label=field.label + optional, help_text=field.hint, required=field.required, max_length=_LINE
        )
    if field.choices:
        return forms.ChoiceField(
            label=field.label + optional,
            help_text=field.hint,
            choices=field.choices,
            required=field.required,
            widget=forms.RadioSelect,
        )
    return _long(field.label + optional, field.hint, required=field.required)


# --- actions


class ActionForm(DeskForm):
    title = forms.CharField(label="What is to be done?", max_length=_LINE)
    kind = forms.ChoiceField(label="Kind", choices=ActionKind.choices)
    owner = forms.ChoiceField(label="Whose is it?", help_text="One person, or one agency that the case is shared with")
    due_on = DateParts(label="When should it be done?", help_text="For example, 27 3 2027")
    detail = _long("Details (optional)", required=False)


class ActionChangeForm(ActionForm, VersionedForm):
    pass


class ActionFinishForm(VersionedForm):
    outcome = forms.ChoiceField(label="What came of it?", choices=ActionOutcome.choices, widget=forms.RadioSelect)
    why = _long("Why?", "What happened, and how you know")


class ActionDropForm(VersionedForm):
    why = _long("Why is it not to be done any more?")


# --- notes and messages


class NoteForm(DeskForm):
    visibility = forms.ChoiceField(
        label="Who is it for?",
        choices=[
            (NoteVisibility.INTERNAL.value, "Internal: everybody who works on the case"),
            (NoteVisibility.RESTRICTED.value, "Restricted: you, the lead officer and supervisors"),
        ],
        widget=forms.RadioSelect,
        help_text="The reporter sees neither. To write to the reporter, send a message.",
    )
    text = _long("The note", "Tell what was seen or heard apart from what someone thinks.")


class WriteForm(DeskForm):
    referral = forms.ChoiceField(label="To the reporter of", widget=forms.RadioSelect)
    asks = forms.ChoiceField(
        label="What is it?",
        choices=[("question", "A question: the mailbox says that an answer is wanted"), ("update", "A message")],
        widget=forms.RadioSelect,
    )
    text = _long(
        "What the reporter reads",
        "Plain words. Say nothing about the person that the reporter did not say.",
        most=LONGEST_MESSAGE,
    )


# --- people


class PersonForm(DeskForm):
    staff = forms.ChoiceField(label="Who?")


class HandOverForm(VersionedForm):
    lead_officer = forms.ChoiceField(label="Who leads the case from now on?")


# --- clocks, news, process


class PauseForm(VersionedForm):
    reason = forms.ChoiceField(label="Why is it held?", widget=forms.RadioSelect)


class ExtendForm(VersionedForm):
    days = forms.IntegerField(
        label="How many days longer?",
        help_text="Counted on from the day on which it would have been due",
        min_value=1,
        max_value=366,
    )
    why = _long("Why does it need longer?")


class ProcessForm(VersionedForm):
    process_id = forms.ChoiceField(label="By which process?", widget=forms.RadioSelect)
    reason = _long("Why?", "The case begins this process from its first step. What was recorded until now stays.")


class RecuseForm(DeskForm):
    reason = forms.CharField(
        label="What is the conflict of interest?",
        help_text="A few words that give nobody away, for example: I know the family",
        max_length=_LINE,
    )


# --- the concern


class CategoryForm(VersionedForm):
    category = forms.ChoiceField(label="What kind of concern is it, as assessed?", widget=forms.RadioSelect)


class JoinForm(DeskForm):
    reference = forms.CharField(label="Reference of the referral", max_length=30)


# --- the end


class OutcomeForm(VersionedForm):
    text = _long("What came of the work?", "What changed for the person, and what was done")
    impact = forms.ChoiceField(
        label="How are things now, in your judgement?", choices=Impact.choices, widget=forms.RadioSelect
    )
    reason_id = forms.ChoiceField(label="For which reason should the case be closed?", widget=forms.RadioSelect)

    def __init__(self, *args: Any, reasons: Sequence[ClosureReason], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "reason_id", [(reason.id, reason.label) for reason in reasons])
        for need in sorted({need for reason in reasons for need in reason.needs}):
            whose = "; ".join(reason.label for reason in reasons if need in reason.needs)
            self.fields[NEED + need] = forms.CharField(
                label=need_label(need), help_text=f"Needed with: {whose}", max_length=_LINE, required=False
            )

    def needs(self) -> dict[str, str]:
        """What was filled in of all that closure reasons ask for."""
        given = {name.removeprefix(NEED): value for name, value in self.cleaned_data.items() if name.startswith(NEED)}
        return {name: value for name, value in given.items() if value}


class FeedbackForm(VersionedForm):
    telling = forms.ChoiceField(
        label="Is the reporter told in the mailbox?",
        choices=[("tell", "Yes, in these words"), ("withhold", "No, for a reason")],
        widget=forms.RadioSelect,
    )
    text = _long(
        "What the reporter reads", "In the reporter's language. Nothing about the person.", required=False,
        most=LONGEST_MESSAGE,
    )  # fmt: skip
    reason = _long("Why is it withheld?", "Also when the reporter was told in another way: say how.", required=False)


class CloseForm(VersionedForm):
    reason_id = forms.ChoiceField(label="Reason for closing", widget=forms.RadioSelect)


class ReopenForm(VersionedForm):
    reason = _long("Why is the case opened again?")
