"""Every text that a template or a page asks for is in the pack, and every page is made in all three languages."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from counterpoint.base.errors import NotFound
from counterpoint.channels import portal
from counterpoint.channels.portal.problems import problem_text
from counterpoint.channels.portal.wording import wording_in
from counterpoint.intake.types import PublicStatus
from counterpoint.kernel.packs import Pack
from counterpoint.kernel.questions import AnswerProblem, AnswerProblemCode
from counterpoint.rules.selectors import pack_in_force

pytestmark = pytest.mark.django_db

_ASKED = re.compile(r"""(?:\bt|wording|\bw)\(\s*['"]([a-z_]+(?:\.[a-z0-9_]+)+)['"](?! ~)""")


def asked_texts() -> set[str]:
    folder = Path(portal.__file__).parent
    files = [path for path in folder.rglob("*") if path.suffix in {".py", ".html"}]
    return {key for path in files for key in _ASKED.findall(path.read_text())}


@pytest.fixture
def in_force(pack) -> Pack:
    return pack_in_force()


def test_every_text_that_is_asked_for_is_there(in_force):
    assert len(asked_texts()) > 80
    assert asked_texts() <= set(in_force.texts)


def test_every_status_and_urgency_has_its_texts(in_force):
    for status in PublicStatus:
        assert {f"mailbox.status.{status}", f"mailbox.status.{status}.text"} <= set(in_force.texts)
    for urgency in ("immediate", "same_day", "five_days", "routine"):
        assert f"done.next.{urgency}" in in_force.texts


@pytest.mark.parametrize("code", AnswerProblemCode)
@pytest.mark.parametrize("language", ["en", "cy", "ar"])
def test_every_problem_is_told_without_a_gap(pack, code, language):
    wording = wording_in(language)
    told = problem_text(AnswerProblem("x", code, {"max": 5, "length": 7, "min": 0, "line": 2}), wording)
    assert told
    assert not re.search(r"[{}]", told)


def test_a_language_that_the_pack_lacks_has_no_words(pack):
    assert wording_in("fr") is None
    assert wording_in("") is None


@pytest.mark.parametrize(
    "address", ["", "privacy", "accessibility", "cookies", "mailbox", "report/advice/danger", "nothing"]
)
@pytest.mark.parametrize("language", ["en", "cy", "ar"])
def test_pages_say_their_language_and_direction(reporter, language, address):
    reporter.open(f"/{language}/{address}")
    direction = "rtl" if language == "ar" else "ltr"
    assert f'<html lang="{language}" dir="{direction}"' in reporter.html
    assert not re.search(r"\{[a-z_]+\}", reporter.text)
    for other in {"en", "cy", "ar"} - {language}:
        expected = f"/{other}/{address}"
        assert expected in reporter.page.links


def test_settings_name_a_demo_only_in_a_demo(reporter, monkeypatch):
    assert settings.DEMO
    assert "made-up town" in reporter.open("/en/").text
    monkeypatch.setattr(settings, "DEMO", False)
    assert "made-up town" not in reporter.open("/en/").text


def test_refusals_are_of_the_family():
    from counterpoint.intake.arrivals import NoSuchForm
    from counterpoint.intake.mailbox import WrongReceipt

    assert issubclass(NoSuchForm, NotFound)
    assert issubclass(WrongReceipt, NotFound)
