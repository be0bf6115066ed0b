"""`counterpoint staff …`"""

import pytest
from django.test import Client
from tests import cast
from typer.testing import CliRunner

from counterpoint.access.command import app
from counterpoint.access.models import Agency, Staff
from counterpoint.access.types import Role

pytestmark = pytest.mark.django_db


def run(*arguments: str):
    return CliRunner().invoke(app, list(arguments))


def test_from_an_empty_database_to_the_first_administrator():
    assert run("agency", "--name", "Northmoor Council", "--kind", "local_authority", "--lead").exit_code == 0
    result = run(
        "invite", "--email", "addy@northmoor.example", "--name", "Addy Minn", "--agency", "Northmoor Council",
        "--role", "administrator",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    link = next(line for line in result.output.splitlines() if line.startswith("http"))
    path = "/" + link.split("/", 3)[3]
    assert Client().post(path, {"password": cast.PASSWORD}).status_code == 302
    staff = Staff.objects.get()
    assert staff.check_password(cast.PASSWORD)
    assert staff.role_names == {Role.ADMINISTRATOR}


def test_a_refusal_is_one_sentence_and_exit_code_1():
    Agency.objects.create(name="Northmoor Council", is_lead=True)
    result = run("agency", "--name", "Northmoor Council", "--kind", "other")
    assert result.exit_code == 1
    assert "already" in result.output
    assert "Traceback" not in result.output


def test_an_unknown_agency_is_wrong_use_and_names_the_known_ones():
    Agency.objects.create(name="Northmoor Council", is_lead=True)
    result = run("invite", "--email", "a@b.example", "--name", "A", "--agency", "Nowhere", "--role", "auditor")
    assert result.exit_code == 2
    assert "Northmoor Council" in " ".join(result.output.split())


def test_a_fresh_link_and_a_fresh_factor():
    council = cast.an_agency("Northmoor Council", is_lead=True)
    staff = cast.a_person("Cass Worker", council, [Role.CASE_OFFICER])
    cast.a_second_factor(staff)
    assert "/desk/invitation/" in run("invite-again", "--email", staff.email).output
    assert not cast.refreshed(staff).has_usable_password()
    assert run("reset-second-factor", "--email", staff.email).exit_code == 0
    assert not cast.has_second_factor(staff)
    assert run("reset-second-factor", "--email", "nobody@northmoor.example").exit_code == 2
