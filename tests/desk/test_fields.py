"""From Django's forms to GOV.UK macros: every error link leads to a control that the page has."""

import re

import pytest
from django import forms
from django.http import QueryDict
from django.template.loader import render_to_string
from django.test import RequestFactory
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import escape

from counterpoint.desk.shell.fields import DateParts, DeskForm, component, error_list, parameters

CHOICES = [("a", "Alpha"), ("b", "Beta")]


class Everything(DeskForm):
    """One field of each kind, all wanted."""

    text = forms.CharField(label="Text", help_text="A hint")
    number = forms.IntegerField(label="Number")
    email = forms.EmailField(label="E-mail")
    secret = forms.CharField(label="Secret", widget=forms.PasswordInput)
    long = forms.CharField(label="Long", widget=forms.Textarea)
    counted = forms.CharField(label="Counted", widget=forms.Textarea, max_length=50)
    picked = forms.ChoiceField(label="Picked", choices=CHOICES)
    radio = forms.ChoiceField(label="Radio", choices=CHOICES, widget=forms.RadioSelect)
    several = forms.MultipleChoiceField(label="Several", choices=CHOICES, widget=forms.CheckboxSelectMultiple)
    ticked = forms.BooleanField(label="Ticked")
    day = DateParts(label="Day")
    file = forms.FileField(label="File")
    version = forms.IntegerField(widget=forms.HiddenInput)


def shown(form: forms.Form) -> str:
    request = RequestFactory().get("/somewhere/")
    return render_to_string("desk/login/password.html", {"form": form}, request=request)


@pytest.mark.parametrize("name", [name for name in Everything.base_fields if name != "version"])
def test_an_error_link_leads_to_a_control_of_that_field(name):
    form = Everything({"version": "1"})
    assert not form.is_valid()
    page = shown(form)
    label = str(form.fields[name].label)
    href = next(row["href"] for row in error_list(form) if row["text"].endswith(f": {label}"))
    control = re.search(rf'<(?:input|textarea|select)[^>]* id="{href[1:]}"[^>]*>', page)
    assert control, f"{href} is not there"
    assert f'name="{name}' in control.group()
    assert f'id="id_{name}-error"' in page


def test_an_error_of_no_field_links_to_the_first_control():
    form = Everything({"version": "x"})
    form.is_valid()
    form.add_error(None, "Not today.")
    assert {"text": "Not today.", "href": "#id_text"} in error_list(form)
    assert [row for row in error_list(form) if row["text"] == "Enter a whole number."] == [
        {"text": "Enter a whole number.", "href": "#id_text"}
    ]


def test_nothing_is_wrong_with_a_fresh_form():
    form = Everything()
    assert error_list(form) == []
    page = shown(form)
    assert "govuk-error" not in page
    assert page.count("<label") == len(set(re.findall(r'<label[^>]* for="([^"]+)"', page)))


@settings(deadline=None)  # renders a page each time
@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=60))
def test_whatever_was_typed_is_shown_again_and_never_becomes_markup(typed):
    data = QueryDict(mutable=True)
    for name in ("text", "number", "email", "long", "counted", "picked", "radio", "several", "day_day", "day_year"):
        data.appendlist(name, typed)
    form = Everything(data)
    form.is_valid()
    for bound in form:
        params = parameters(bound)
        assert component(bound)
        if component(bound) in ("input", "textarea"):
            assert params["value"] == typed
    page = shown(form)
    assert page.count("<script") == 1
    assert str(escape(typed)) in page


@pytest.mark.parametrize(
    ("parts", "says"),
    [(("31", "2", "2026"), "Enter a day"), (("a", "1", "2026"), "Enter a day"), (("", "1", "2026"), "Enter a day")],
)
def test_days_that_are_none(parts, says):
    form = Everything(dict(zip(("day_day", "day_month", "day_year"), parts, strict=True)))
    form.is_valid()
    assert says in form.errors["day"][0]


def test_changes_are_laid_over_level_by_level():
    bound = Everything()["text"]
    params = parameters(bound, {"label": {"classes": "big"}, "classes": "wide"})
    assert params["label"] == {"text": "Text", "classes": "big"}
    assert params["classes"] == "wide"
    assert params["hint"] == {"text": "A hint"}
