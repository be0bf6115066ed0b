"""Every model says how long it lives and how it ends; what it says fits its fields."""

from datetime import timedelta

import pytest
from django.apps import apps

from counterpoint.base.retention import End, Retention

OURS = [model for model in apps.get_models() if model.__module__.startswith("counterpoint.")]
TABLES = {model._meta.model_name for model in OURS}


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_every_model_declares_its_end(model):
    declared = getattr(model, "retention", None)
    assert isinstance(declared, Retention), (
        f"{model.__module__}.{model.__name__} does not say how long it lives: "
        "add `retention = Retention(rule=…, end=…, why=…, …)`, see counterpoint/base/retention.py"
    )
    fields = {field.name for field in model._meta.get_fields()}
    for name in (*declared.blanks, *([declared.counted_from] if declared.counted_from else [])):
        assert name in fields, f"{model.__name__} names the field {name!r}, which it does not have"
    if declared.end is End.SHRED:
        keys = {name for name in fields if name == "key_id" or name.endswith("_key_id")}
        assert keys or declared.follows, f"{model.__name__} is to be shredded, but has no key and follows nothing"


def test_each_rule_is_named_once():
    rules = [model.retention.rule for model in OURS]
    assert sorted(rules) == sorted(set(rules))


def test_what_follows_follows_something_that_is_there():
    rules = {model.retention.rule for model in OURS}
    for model in OURS:
        if model.retention.follows:
            follows = model.retention.follows
            assert follows in rules | {"subject"}, f"{model.__name__} follows {follows!r}"


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_sealed_content_has_a_key_beside_it_or_above_it(model):
    sealed = [field.name for field in model._meta.get_fields() if field.name.startswith("sealed_")]
    if sealed and model.__name__ != "Draft":  # sealed under a key that only the person's browser holds
        assert model.retention.end in (End.SHRED, End.DELETE, End.KEEP), f"{model.__name__}: {sealed}"
        assert model.retention.follows or any(field.name.endswith("key_id") for field in model._meta.get_fields()), (
            f"{model.__name__} seals {sealed} but neither has a key nor follows a row that has one"
        )


@pytest.mark.parametrize(
    "given",
    [
        {"end": End.DELETE},
        {"end": End.SHRED, "follows": "x", "counted_from": "y", "keep_for": timedelta(1)},
        {"end": End.BLANK, "follows": "x"},
    ],
)
def test_half_a_declaration_is_refused(given):
    with pytest.raises(ValueError, match=r"give|name"):
        Retention(rule="r", why="w", **given)
