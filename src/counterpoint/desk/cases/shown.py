"""What every page of a case shows around its own content: the heading, the way to the other parts, the purpose that
the reading is recorded with; and the one page that shows a form by itself."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from counterpoint.access.models import Staff
from counterpoint.access.relations import Standing, relation_to
from counterpoint.access.types import Section, SubjectKind
from counterpoint.cases.views import CaseHeading, WaitingStep
from counterpoint.kernel.packs import StepWork

_PURPOSES = {
    Standing.BROKEN_GLASS: "broke the glass",
    Standing.GRANTED: "shared with the agency",
    Standing.LEAD_AGENCY: "supervision",
}
_PARTS: tuple[tuple[str, str, frozenset[Section]], ...] = (
    ("desk:case", "Overview", frozenset(Section)),
    ("desk:case_concern", "The concern", frozenset({Section.CONCERN, Section.PERSON, Section.FILES})),
    ("desk:case_notes", "Notes and messages", frozenset({Section.NOTES, Section.RESTRICTED_NOTES, Section.REPORTER})),
    ("desk:case_panels", "Panel", frozenset()),
    ("desk:case_consents", "Consents", frozenset()),
    ("desk:case_assessments", "Assessments", frozenset()),
    ("desk:case_support", "Support", frozenset({Section.ACTIONS})),
    ("desk:case_people", "Who knows", frozenset(Section)),
    ("desk:case_information", "Information from partners", frozenset()),
    ("desk:case_disclosures", "Who was told what", frozenset()),
    ("desk:case_transfers", "Transfer", frozenset()),
    ("desk:case_ending", "Outcome and closing", frozenset()),
)


def purpose_of(viewer: Staff, case_id: Any) -> str:
    """What the audit entry of a reading says it was for: it follows from how the viewer stands to the case."""
    standing = relation_to(viewer, kind=SubjectKind.CASE, subject_id=case_id).standing
    return _PURPOSES.get(standing, "casework")


def show(
    request: HttpRequest, heading: CaseHeading, template: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """A part of the case as a page. template: of this folder, or of another as "folder/name"."""
    around = {
        "case": heading,
        "parts": _parts(request, heading),
        "broken_glass_until": heading.relation.until if heading.relation.standing is Standing.BROKEN_GLASS else None,
    }
    name = template if "/" in template else f"cases/{template}"
    return render(request, f"desk/{name}.html", {**around, **context}, status=status)


def show_form(
    request: HttpRequest,
    heading: CaseHeading,
    form: forms.Form,
    *,
    title: str,
    submit: str,
    back: str = "desk:case",
    intro: Sequence[str] = (),
    is_serious: bool = False,
) -> HttpResponse:
    """One form as a page of its own, with the way back to the part it belongs to."""
    context = {
        "form": form,
        "title": title,
        "submit_text": submit,
        "back": reverse(back, kwargs={"case_id": heading.id}),
        "intro": intro,
        "is_serious": is_serious,
    }
    return show(request, heading, "form", context)


# Work that has a page of its own: what the button says, the route, and whether its address names the step.
_STEP_PAGES: Mapping[StepWork, tuple[str, str, bool]] = {
    StepWork.ASSESSMENT: ("Assess with the instrument", "desk:case_assessment_step", True),
    StepWork.INFORMATION: ("Write down what came of it", "desk:case_step", True),  # begins with what partners answered
    StepWork.PANEL: ("To the panel", "desk:case_panels", False),
    StepWork.CONSENT: ("Record the consent", "desk:case_consents", False),
    StepWork.PLAN: ("Make the plan", "desk:case_plan", False),
    StepWork.OUTCOME: ("Record the outcome", "desk:case_outcome", False),
    StepWork.FEEDBACK: ("Tell the reporter", "desk:case_feedback", False),
}


def page_of_step(case_id: UUID, step: WaitingStep) -> tuple[str, str] | None:
    """Where a step is done that has a page of its own: the button's text and the address. None where its form is all
    there is."""
    if step.form.work not in _STEP_PAGES:
        return None
    text, route, names_step = _STEP_PAGES[step.form.work]
    named = {"step_id": step.id} if names_step else {}
    return text, reverse(route, kwargs={"case_id": case_id, **named})


def _parts(request: HttpRequest, heading: CaseHeading) -> list[dict[str, Any]]:
    """The parts that the viewer may open."""
    shown = []
    for route, text, sections in _PARTS:
        if heading.is_partner and not any(heading.opens(section) for section in sections):
            continue
        href = reverse(route, kwargs={"case_id": heading.id})
        shown.append({"text": text, "href": href, "is_here": request.path == href})
    return shown
