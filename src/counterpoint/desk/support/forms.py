"""The forms of support. What must be filled in the services say; here it gets its words."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from django import forms

from counterpoint.base import ids
from counterpoint.cases.policies import MOST_IN_A_LINE, MOST_TEXT
from counterpoint.cases.steps import StepField, StepForm
from counterpoint.cases.types import ActionOutcome, Impact
from counterpoint.cases.views import WaitingStep
from counterpoint.desk.cases.forms import set_choices, step_form
from counterpoint.desk.shell.fields import DateParts, DeskForm, VersionedForm
from counterpoint.kernel.instruments import InstrumentVersion, Rating, problems_of_assessment
from counterpoint.kernel.instruments.assessing import AssessmentFault
from counterpoint.kernel.packs.casework import ConsentKind
from counterpoint.support import consenting, policies
from counterpoint.support.days import today
from counterpoint.support.services.steps import StepDone
from counterpoint.support.types import (
    NOBODY,
    AssessmentDraft,
    Attendance,
    ConsentGiven,
    ConsentResult,
    InterventionKind,
    InterventionState,
    ServiceAnswer,
    Withdrawal,
)
from counterpoint.support.views import InterventionView, Providers

RECORD = "record_"  # before the name of what the pack wants recorded with a consent
LEVEL, WORDS, OUTCOME = "level_", "words_", "outcome_"
_SAME_AS = {"told_how": "how"}  # what this page asks by another name
_SAME_IN_STEPS = {"told_how": "how", "asked_by": "how"}  # and what the form of a step asks together
_NOT_NOW = "not_now"


def _long(label: str, hint: str = "", *, required: bool = True) -> forms.CharField:
    attrs = {} if required else {"rows": 3}
    widget = forms.Textarea(attrs=attrs)
    return forms.CharField(label=label, help_text=hint, required=required, widget=widget, max_length=MOST_TEXT)


def _radios(label: str, choices: Any, hint: str = "", *, required: bool = True) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, help_text=hint, choices=choices, required=required, widget=forms.RadioSelect)


class SentOnceForm(DeskForm):
    """Carries a number of its own, so that sent twice is sent once."""

    submission = forms.UUIDField(widget=forms.HiddenInput, initial=ids.new_id)


# --- consents


class ConsentForm(VersionedForm):
    """What the pack wants recorded with a consent; and where a step of the process is finished with it, what its form
    asks, each thing once. `version`: the number of the row that counted when the page was shown."""

    def __init__(self, *args: Any, kind: ConsentKind, step: WaitingStep | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        self.step = step
        fields = {field.id: field for field in step.form.fields} if step is not None else {}
        asked = step_form(step.form).base_fields if step is not None else {}
        self.same_as = _SAME_IN_STEPS if "how" in fields else _SAME_AS
        for name, made in self._own(fields):
            self.fields[name] = made
        for name, field in asked.items():
            if name not in self.fields and name != "version":
                field.required = False  # an answer that is still waited for does not finish the step
                self.fields[name] = field
        if step is not None:
            self.fields["step_version"] = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
            self.fields["step_version"].initial = kwargs.get("initial", {}).get("step_version")

    def given(self) -> ConsentGiven:
        """What was filled in, as the service takes it."""
        said = self.cleaned_data
        wanted = [name for name in self.kind.records if RECORD + name in self.fields]
        records = {name: said.get(RECORD + name, "") for name in wanted}
        records |= {name: said.get(same, "") for name, same in self.same_as.items() if name in self.kind.records}
        return ConsentGiven(
            result=ConsentResult(said["result"]),
            giver=said.get("giver", ""),
            age_band=said.get("age_band", ""),
            capacity=said.get("capacity", ""),
            asked_on=said["asked_on"],
            how=said.get("how", ""),
            reason=said.get("reason", ""),
            deviation=said.get("deviation", ""),
            records=records,
        )

    def step_done(self) -> StepDone | None:
        """The step as finished by this form; None where it goes on waiting, or none waits."""
        said = self.cleaned_data
        if self.step is None or said["result"] == ConsentResult.ASKED:
            return None
        values = {field.id: said.get(field.id) or "" for field in self.step.form.fields}
        return StepDone(self.step.id, values, said.get("step_version") or 0)

    def _own(self, asked: Mapping[str, StepField]) -> Iterator[tuple[str, forms.Field]]:
        kind, records = self.kind, self.kind.records
        yield "result", self._result(asked.get("result"))
        yield "asked_on", DateParts(label="On which day?", help_text="For example, 27 3 2027", initial=today)
        givers = [(giver.value, consenting.words_for(giver)) for giver in kind.givers]
        yield "giver", self._choice(asked.get("giver"), "Who was asked?", [*givers, (NOBODY, "Nobody")])
        if "age_band" in records:
            ages = [(each, consenting.words_for(each)) for each in consenting.age_bands(kind)]
            yield "age_band", self._choice(asked.get("age_band"), "How old is the person?", ages)
        if "capacity" in records:
            able = [(each, consenting.words_for(each)) for each in consenting.capacities(kind)]
            yield "capacity", self._choice(asked.get("capacity"), "Could they decide for themselves?", able)
        yield "how", self._how(asked.get("how"))
        for name in records:
            if name not in ("age_band", "capacity", *self.same_as):
                yield (
                    RECORD + name,
                    forms.CharField(
                        label=f"{consenting.record_label(name)} (not needed where nobody was asked)",
                        required=False,
                        max_length=MOST_IN_A_LINE,
                    ),
                )
        yield "reason", _long("Why was it not asked? (only if it was not)", required=False)
        if kind.rules is not None:
            hint = "The rules stand above. They advise; you decide, and say why."
            yield "deviation", _long("Why somebody else than the rules advise? (only if so)", hint, required=False)

    @staticmethod
    def _result(asked: StepField | None) -> forms.ChoiceField:
        own = [
            (ConsentResult.GIVEN.value, "It was given"),
            (ConsentResult.REFUSED.value, "It was refused"),
            (ConsentResult.NOT_ASKED.value, "It was not asked, for a reason"),
        ]
        known = [choice for choice in asked.choices if choice[0] in dict(own)] if asked is not None else own
        waiting = (ConsentResult.ASKED.value, "It was asked, and there is no answer yet")
        return _radios(asked.label if asked is not None else "What was answered?", [*known, waiting])

    @staticmethod
    def _choice(asked: StepField | None, label: str, choices: list[tuple[str, str]]) -> forms.ChoiceField:
        if asked is not None and asked.choices:
            return _radios(asked.label, asked.choices, asked.hint, required=False)
        return _radios(label, choices, required=False)

    @staticmethod
    def _how(asked: StepField | None) -> forms.CharField:
        label = asked.label if asked is not None else "How were they asked, and what was explained?"
        return _long(label, asked.hint if asked is not None else "", required=False)


class WithdrawForm(DeskForm):
    giver = _radios("Who withdrew it?", ())
    withdrawn_on = DateParts(label="When?", initial=today)
    said = _long("What they said, if they wished to say it", "Nobody has to give a reason.", required=False)

    def __init__(self, *args: Any, kind: ConsentKind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "giver", [(giver.value, consenting.words_for(giver)) for giver in kind.givers])

    def withdrawal(self) -> Withdrawal:
        """What was filled in, as the service takes it."""
        said = self.cleaned_data
        return Withdrawal(giver=said["giver"], withdrawn_on=said["withdrawn_on"], said=said["said"])


# --- assessments


class AssessmentForm(VersionedForm):
    """A level and words for every item, and a summary. A draft may be half done; finishing says what lacks."""

    def __init__(self, *args: Any, version: InstrumentVersion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instrument = version
        levels = [(level.id, level.label) for level in version.levels]
        for item in version.items:
            self.fields[LEVEL + item.id] = _radios(item.label, levels, item.hint or "", required=False)
            self.fields[WORDS + item.id] = forms.CharField(
                label=f"{item.label}: what it rests on", required=False, widget=forms.Textarea(attrs={"rows": 2})
            )
        self.fields["summary"] = _long(
            "What stands over all of it", "Your judgement in plain words. There is no score.", required=False
        )

    @staticmethod
    def initial_of(content: AssessmentDraft) -> dict[str, str]:
        """What the form begins with."""
        found = {"summary": content.summary}
        for item, rating in content.ratings.items():
            found |= {LEVEL + item: rating.level, WORDS + item: rating.narrative}
        return found

    def content(self) -> AssessmentDraft:
        """What was filled in, as the service takes it."""
        said = self.cleaned_data
        ratings = {
            item.id: Rating(said[LEVEL + item.id], said[WORDS + item.id])
            for item in self.instrument.items
            if said[LEVEL + item.id] or said[WORDS + item.id].strip()
        }
        return AssessmentDraft(ratings, said["summary"])

    def is_complete(self) -> bool:
        """Whether it can be finished; if not, each item says what lacks."""
        judged = {item: rating for item, rating in self.content().ratings.items() if rating.level}
        labels = {item.id: item.label for item in self.instrument.items}
        for problem in problems_of_assessment(self.instrument, judged):
            lacks_words = problem.fault is AssessmentFault.NARRATIVE_MISSING
            where = (WORDS if lacks_words else LEVEL) + problem.item_id
            self.add_error(where, f"{labels[problem.item_id]}: {policies.fault_words(problem.fault)}")
        return not self.errors


# --- plan, interventions, sessions, reviews


class PlanForm(VersionedForm):
    """`version`: the number of the plan that counted when the page was shown."""

    text = _long("The plan", "What the support is, who provides it, how and when; and how consent was asked for")

    def __init__(self, *args: Any, step: StepForm | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = step_form(step).base_fields if step is not None else {}
        for name, field in asked.items():
            if name not in self.fields:
                self.fields[name] = field
        if step is not None:
            del self.fields["text"]
            self.fields["step_version"] = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def plan_text(self, step: StepForm | None) -> str:
        """The plan in words: the page's own, or what the form of the step asks, each under its question."""
        if step is None:
            return str(self.cleaned_data["text"])
        parts = [f"{field.label}\n{_in_words(field, self.cleaned_data.get(field.id))}" for field in step.fields]
        return "\n\n".join(parts)

    def step_done(self, waiting: WaitingStep | None) -> StepDone | None:
        """The step as finished by this form."""
        if waiting is None:
            return None
        said = self.cleaned_data
        values = {field.id: said.get(field.id) or "" for field in waiting.form.fields}
        return StepDone(waiting.id, values, said["step_version"])


def _in_words(field: StepField, value: object) -> str:
    labels = dict(field.choices)
    if isinstance(value, list):
        return ", ".join(str(labels.get(each, each)) for each in value)
    return str(labels.get(str(value), value or "–"))


class InterventionFields(DeskForm):
    kind = forms.ChoiceField(label="What sort of support is it?", choices=InterventionKind.choices)
    title = forms.CharField(label="What is it?", help_text="In a few words", max_length=MOST_IN_A_LINE)
    goals = _long("What should it come to?", "So that the panel can say whether it did")
    provider = forms.ChoiceField(
        label="Who provides it?", help_text="An agency or a person that the case is shared with, or a service outside"
    )
    service = forms.CharField(
        label="Name of the service (only for a service outside)", required=False, max_length=MOST_IN_A_LINE
    )
    from_on = DateParts(label="From which day?", help_text="For example, 27 3 2027")
    until_on = DateParts(label="Until which day? (optional)", required=False)

    def __init__(self, *args: Any, providers: Providers, view: InterventionView | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(f"agency:{row_id}", name) for row_id, name in providers.agencies]
        choices += [(f"staff:{row_id}", name) for row_id, name in providers.people]
        if view is not None and not view.service:
            choices.append((provider_code(view), view.provider))
        set_choices(self, "provider", dict([("", "Choose"), *choices, ("service", "A service outside")]).items())


class InterventionForm(InterventionFields, SentOnceForm):
    pass


class InterventionChangeForm(InterventionFields, VersionedForm):
    pass


def provider_code(view: InterventionView) -> str:
    """The provider as forms name one."""
    if view.agency_id is not None:
        return f"agency:{view.agency_id}"
    return f"staff:{view.staff_id}" if view.staff_id is not None else "service"


class MoveForm(VersionedForm):
    on = DateParts(label="On which day?", help_text="For example, 27 3 2027", initial=today)
    why = _long("Why? (optional)", required=False)


class MoveWithReasonForm(VersionedForm):
    on = DateParts(label="On which day?", help_text="For example, 27 3 2027", initial=today)
    why = _long("Why?")


class OfferForm(VersionedForm):
    answer = _radios(
        "Do you accept it?",
        [
            (InterventionState.ACCEPTED.value, "Yes, we can do this"),
            (InterventionState.NOT_ACCEPTED.value, "No, we cannot"),
        ],
    )
    why = _long("Why not? (only if you do not accept it)", "The lead officer of the case reads it.", required=False)


class ServiceAnswerForm(VersionedForm):
    answer = _radios("What did the service say?", ServiceAnswer.choices)
    on = DateParts(label="On which day?", help_text="For example, 27 3 2027", initial=today)
    reason = _long("What was said?")


class SessionForm(SentOnceForm):
    held_on = DateParts(label="On which day?", help_text="For example, 27 3 2027", initial=today)
    attendance = _radios("Did they come?", Attendance.choices)
    note = _long("What happened?", "Keep what was seen or heard apart from what you think.")


class ReviewForm(SentOnceForm):
    reviewed_on = DateParts(label="On which day did the panel look at it?", initial=today)
    impact = _radios("How are things now, in the panel's judgement?", Impact.choices)
    text = _long("What did the panel find?", "What worked, what did not, and why")

    def __init__(self, *args: Any, interventions: tuple[InterventionView, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ask_what_came_of(self, interventions, before="impact")


def ask_what_came_of(form: forms.Form, interventions: tuple[InterventionView, ...], *, before: str) -> None:
    """Have the form ask of each piece of support what came of it, above the field `before`."""
    names = list(form.fields)
    later = {name: form.fields.pop(name) for name in names[names.index(before) :]}
    for each in interventions:
        choices = [*ActionOutcome.choices, (_NOT_NOW, "Not looked at this time")]
        label = f"{each.title or each.kind.label}, {each.provider}: what came of it?"
        form.fields[f"{OUTCOME}{each.id}"] = _radios(label, choices, required=False)
        form.fields[f"{OUTCOME}{each.id}"].initial = _NOT_NOW
    form.fields |= later


def what_came_of(said: Mapping[str, Any]) -> dict[UUID, ActionOutcome]:
    """By intervention id, of those that were looked at, of what such a form was filled in with."""
    judged = {name: value for name, value in said.items() if name.startswith(OUTCOME) and value not in ("", _NOT_NOW)}
    return {UUID(name.removeprefix(OUTCOME)): ActionOutcome(value) for name, value in judged.items()}
