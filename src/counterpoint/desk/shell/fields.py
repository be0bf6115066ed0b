"""From Django's forms to GOV.UK Frontend's macros. The macro for templates: `desk/forms.html`.

Error links point at ids that exist: the first control of radios, checkboxes and dates.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.forms.boundfield import BoundField


class DatePartsWidget(forms.MultiWidget):
    """Day, month and year as three boxes."""

    NAMES = ("day", "month", "year")

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({name: forms.TextInput() for name in self.NAMES}, attrs)

    def decompress(self, value: date | None) -> list[str | None]:
        return [str(value.day), str(value.month), str(value.year)] if value else [None, None, None]

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:  # noqa: ARG002 - Django's face
        return [str(data.get(f"{name}_{part}", "")).strip() for part in self.NAMES]


class DateParts(forms.Field):
    """A day, given as three numbers."""

    widget = DatePartsWidget
    default_error_messages = {"invalid": "Enter a day, a month and a year, for example 27 3 2027."}

    def to_python(self, value: Sequence[str] | date | None) -> date | None:
        if value is None or isinstance(value, date):
            return value
        if not any(value):
            return None
        try:
            day, month, year = (int(part) for part in value)
            return date(year, month, day)
        except (ValueError, OverflowError):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None


class DeskForm(forms.Form):
    """A form whose errors read as sentences, and whose checks are the server's alone."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        in_plain_words(self)


class VersionedForm(DeskForm):
    """A form about a row that somebody else may change meanwhile: pass `version` on as `expected_version`."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)


def in_plain_words(form: forms.Form) -> None:
    """Give each field of the form its sentence for an empty answer."""
    for field in form.fields.values():
        label = str(field.label or "")
        chooses = isinstance(field, forms.ChoiceField | forms.BooleanField | forms.FileField)
        if label:
            field.error_messages["required"] = f"Choose: {label}" if chooses else f"Fill in: {label}"


def error_list(form: forms.Form | None) -> list[dict[str, str]]:
    """What the error summary shows: each message with the link to its control."""
    if form is None or not form.is_bound:
        return []
    shown = [bound for bound in form if not bound.is_hidden]
    rows = [{"text": str(message), "href": f"#{_first_id(bound)}"} for bound in shown for message in bound.errors]
    first = _first_id(shown[0]) if shown else "main-content"
    hidden = [message for bound in form.hidden_fields() for message in bound.errors]
    return [{"text": str(message), "href": f"#{first}"} for message in (*form.non_field_errors(), *hidden)] + rows


def component(bound: BoundField) -> str:
    """Which macro shows this field."""
    widget = bound.field.widget
    for kinds, name in _COMPONENTS:
        if isinstance(widget, kinds):
            return name
    return "input"


def parameters(bound: BoundField, changes: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The macro's parameters for this field; `changes` are laid over them, level by level."""
    kind = component(bound)
    base: dict[str, Any] = {"id": bound.auto_id, "name": bound.html_name}
    if bound.help_text:
        base["hint"] = {"text": str(bound.help_text)}
    if bound.errors:
        base["errorMessage"] = {"text": " ".join(str(message) for message in bound.errors)}
    return _laid_over(base | _MAKERS[kind](bound), changes or {})


def _laid_over(base: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for name, value in changes.items():
        below = merged.get(name)
        merged[name] = _laid_over(below, value) if isinstance(below, dict) and isinstance(value, Mapping) else value
    return merged


def _first_id(bound: BoundField) -> str:
    return f"{bound.auto_id}-day" if component(bound) == "date" else bound.auto_id


def _attributes(bound: BoundField, *taken: str) -> dict[str, Any]:
    return {name: value for name, value in bound.field.widget.attrs.items() if name not in ("class", *taken)}


def _text(bound: BoundField) -> dict[str, Any]:
    attrs = bound.field.widget.attrs
    made = {
        "label": {"text": str(bound.label)},
        "type": getattr(bound.field.widget, "input_type", "text"),
        "value": bound.value() if bound.value() is not None else "",
        "classes": attrs.get("class", ""),
        "autocomplete": attrs.get("autocomplete"),
        "inputmode": attrs.get("inputmode"),
        "attributes": _attributes(bound, "autocomplete", "inputmode", "placeholder", "rows"),
    }
    if made["type"] == "number":  # GOV.UK: numbers are typed as text with a numeric keyboard
        made |= {"type": "text", "inputmode": "numeric"}
    return made


def _password(bound: BoundField) -> dict[str, Any]:
    return {
        "label": {"text": str(bound.label)},
        "autocomplete": bound.field.widget.attrs.get("autocomplete", "current-password"),
    }


def _textarea(bound: BoundField) -> dict[str, Any]:
    made = {
        "label": {"text": str(bound.label)},
        "value": bound.value() or "",
        "rows": bound.field.widget.attrs.get("rows", 5),
    }
    limit = getattr(bound.field, "max_length", None)
    return made | ({"maxlength": limit} if limit else {})


def _select(bound: BoundField) -> dict[str, Any]:
    chosen = str(bound.value() if bound.value() is not None else "")
    items = [{"value": value, "text": text, "selected": value == chosen} for value, text in _choices(bound)]
    return {"label": {"text": str(bound.label)}, "items": items}


def _radios(bound: BoundField) -> dict[str, Any]:
    chosen = {str(bound.value())} if bound.value() is not None else set()
    return _group(bound, chosen)


def _checkboxes(bound: BoundField) -> dict[str, Any]:
    return _group(bound, {str(value) for value in bound.value() or ()})


def _checkbox(bound: BoundField) -> dict[str, Any]:
    item = {"value": "on", "text": str(bound.label), "checked": bool(bound.value())}
    return {"idPrefix": bound.auto_id, "items": [item]}


def _group(bound: BoundField, chosen: Iterable[str]) -> dict[str, Any]:
    items = [
        {"value": value, "text": text, "checked": value in chosen} for value, text in _choices(bound) if value != ""
    ]
    return {"idPrefix": bound.auto_id, "items": items, "fieldset": _legend(bound)}


def _date(bound: BoundField) -> dict[str, Any]:
    value = bound.value()
    parts = bound.field.widget.decompress(value) if not isinstance(value, list | tuple) else value
    wrong = " govuk-input--error" if bound.errors else ""
    items = [
        {
            "name": name,
            "label": name.capitalize(),
            "id": f"{bound.auto_id}-{name}",
            "value": part or "",
            "classes": f"govuk-input--width-{4 if name == 'year' else 2}{wrong}",
        }
        for name, part in zip(DatePartsWidget.NAMES, parts, strict=True)
    ]
    for item in items:
        item["name"] = f"{bound.html_name}_{item['name']}"
    return {"items": items, "fieldset": _legend(bound)}


def _file(bound: BoundField) -> dict[str, Any]:
    return {"label": {"text": str(bound.label)}}


def _legend(bound: BoundField) -> dict[str, Any]:
    return {"legend": {"text": str(bound.label)}}


def _choices(bound: BoundField) -> list[tuple[str, str]]:
    return [(str(value), str(text)) for value, text in bound.field.choices]  # type: ignore[attr-defined] # chosen by widget


# From the narrowest kind of widget to the widest.
_COMPONENTS: tuple[tuple[type[forms.Widget] | tuple[type[forms.Widget], ...], str], ...] = (
    (forms.HiddenInput, "hidden"),
    (forms.PasswordInput, "password"),
    (forms.FileInput, "file"),
    (DatePartsWidget, "date"),
    (forms.CheckboxSelectMultiple, "checkboxes"),
    (forms.CheckboxInput, "checkbox"),
    (forms.RadioSelect, "radios"),
    (forms.Select, "select"),
    (forms.Textarea, "textarea"),
)
_MAKERS = {
    "hidden": lambda _bound: {},
    "password": _password,
    "file": _file,
    "date": _date,
    "checkboxes": _checkboxes,
    "checkbox": _checkbox,
    "radios": _radios,
    "select": _select,
    "textarea": _textarea,
    "input": _text,
}
