"""The portal with the England pack in force, and a reporter who fills in forms as a browser without scripts would."""

import pytest
from django.conf import settings
from django.test import Client
from tests.channels.portal.reporter import Reporter

from counterpoint.audit.types import system
from counterpoint.rules.services import activate_pack


@pytest.fixture
def pack(db):
    activate_pack(settings.PACK_FOLDER, by=system("tests"))


@pytest.fixture
def reporter(pack) -> Reporter:
    return Reporter(Client(enforce_csrf_checks=True))
