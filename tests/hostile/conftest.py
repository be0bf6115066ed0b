"""A served deployment that hostile visitors share, and what must hold for it at the end: no fault of ours was met, and
nothing that anybody sent stands in a log, nor in plain words anywhere on disk."""

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.conf import settings
from tests.deployment import Deployment, a_deployment
from tests.servers import running_postgres
from tests.visitor import Answer, Visitor

from counterpoint.audit.types import system
from counterpoint.rules.services import activate_pack

CANARY = "Kanarivogel"  # stands in whatever is sent: answers, names of files, files, headers, cookies, addresses
WORRY = f"He has changed since the summer. {CANARY} first."
_SIGNS_OF_A_FAULT = ("Traceback", "Internal Server Error", "Error handling request")


@pytest.fixture(scope="session")
def served() -> Iterator[Deployment]:
    with ExitStack() as opened:
        postgres = os.environ.get("COUNTERPOINT_TEST_DATABASE") and opened.enter_context(running_postgres()).address
        deployment = opened.enter_context(a_deployment(postgres or None, job_workers=0))
        deployment.start()
        yield deployment
        found = [sign for sign in (CANARY.casefold(), "127.0.0.1:", *_SIGNS_OF_A_FAULT) if _says(deployment, sign)]
        deployment.stop()
        in_clear = [path for path in sorted(deployment.folder.rglob("*")) if _holds(path, CANARY)]
    assert found == [], "the servers' own words hold what no log may hold"
    assert in_clear == [], "what people sent lies on disk in clear"


@pytest.fixture
def pack(db: None) -> None:
    """The England pack in force, for what is tried inside the process."""
    activate_pack(settings.PACK_FOLDER, by=system("tests"))


@pytest.fixture
def visitor(served: Deployment) -> Visitor:
    return Visitor(served.port)


@pytest.fixture
def begun(visitor: Visitor) -> Visitor:
    """A visitor whose form has one answer already."""
    visitor.get(visitor.form(""))
    visitor.post(visitor.form("worry"), {"worry": WORRY})
    return visitor


def nothing_was_lost(begun: Visitor) -> bool:
    """The form that was begun can still be checked, and holds what was answered."""
    page = begun.get(begun.form("check-answers"))
    return page.status == 200 and page.path.endswith("check-answers") and WORRY in page.text


def is_clear_refusal(answer: Answer, *statuses: int) -> bool:
    """A page of ours with one of these statuses, in the pack's words, without a word about our insides."""
    told = answer.html.casefold()
    inside = ("traceback", "exception", "django", "jinja", "sqlite", "psycopg", "/src/")
    is_ours = (
        re.search(r"govuk-(heading|label|fieldset__legend)-?-?l\b", answer.html)
        and 'class="govuk-template' in answer.html
    )
    return bool(answer.status in statuses and is_ours) and not any(word in told for word in inside)


def _says(deployment: Deployment, sign: str) -> bool:
    return sign.casefold() in deployment.said.casefold()


def _holds(path: Path, canary: str) -> bool:
    """Folded: as it was written, in capitals, in UTF-16."""
    if not path.is_file():
        return False
    content = path.read_bytes()
    ways = [
        way.encode(encoding) for way in (canary, canary.upper(), canary.lower()) for encoding in ("utf-8", "utf-16-le")
    ]
    return any(way in content for way in ways)
