"""Logging in: password, second factor, one-time links, limits, and how long a session lives."""

import re
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.urls import Resolver404, resolve
from tests import cast

from counterpoint.access import services
from counterpoint.access.gate import ABSOLUTE_SECONDS, IDLE_SECONDS
from counterpoint.access.models import AttemptCount, Staff
from counterpoint.access.types import Role
from counterpoint.audit.models import AuditEntry
from counterpoint.audit.types import system
from counterpoint.base import clock

pytestmark = pytest.mark.django_db
HOME = "/desk/"


@pytest.fixture
def officer() -> Staff:
    council = cast.an_agency("Northmoor Council", is_lead=True)
    return cast.a_person("Tariq Reader", council, [Role.TRIAGE_OFFICER])


def give_password(client: Client, email: str, password: str = cast.PASSWORD):
    return client.post("/desk/login/", {"login": email, "password": password})


def test_password_and_code_open_the_desk(officer):
    secret = cast.a_second_factor(officer)
    client = Client()
    response = give_password(client, officer.email)
    assert response["Location"] == "/desk/login/code/"
    assert client.get(HOME)["Location"].startswith("/desk/login/")
    response = client.post("/desk/login/code/", {"code": cast.code_for(secret)})
    assert response["Location"] == HOME
    assert client.get(HOME).status_code == 200
    actions = list(AuditEntry.objects.values_list("action", flat=True))
    assert actions == ["staff.logged_in"]


def test_a_wrong_code_opens_nothing(officer):
    cast.a_second_factor(officer)
    client = Client()
    give_password(client, officer.email)
    response = client.post("/desk/login/code/", {"code": "000000"})
    assert response.status_code == 200
    assert "This code is not right" in response.content.decode()
    assert client.get(HOME).status_code == 302


def test_a_code_works_once(officer):
    secret = cast.a_second_factor(officer)
    code = cast.code_for(secret)
    for expected in ("/desk/", None):
        client = Client()
        give_password(client, officer.email)
        assert client.post("/desk/login/code/", {"code": code}).get("Location") == expected


def test_without_a_second_factor_everything_leads_to_setting_it_up(officer):
    client = Client()
    assert give_password(client, officer.email)["Location"] == HOME
    assert client.get(HOME)["Location"] == "/desk/second-factor/"
    assert client.get("/desk/notices/")["Location"] == "/desk/second-factor/"
    page = client.get("/desk/second-factor/").content.decode()
    assert "<svg" in page
    secret = re.search(r'cp-secret">([A-Z2-7 ]+)<', page).group(1).replace(" ", "")
    before = client.session.session_key
    response = client.post("/desk/second-factor/", {"code": cast.code_for(secret)})
    assert response["Location"] == "/desk/second-factor/recovery-codes/"
    assert client.session.session_key != before
    codes = re.findall(r"<code>(\d+)</code>", client.get(response["Location"]).content.decode())
    assert len(codes) == 10
    assert not re.findall(r"<code>(\d+)</code>", client.get(response["Location"]).content.decode())
    assert client.get(HOME).status_code == 200

    another = Client()
    give_password(another, officer.email)
    assert another.post("/desk/login/code/", {"code": codes[0]})["Location"] == HOME


def test_the_stored_secret_is_sealed(officer):
    from allauth.mfa.models import Authenticator

    secret = cast.a_second_factor(officer)
    stored = Authenticator.objects.get(user=officer).data["secret"]
    assert secret not in stored


def test_wrong_password_unknown_account_and_ended_account_read_the_same(officer):
    ended = cast.a_person("Eve Ended", officer.agency, [Role.CASE_OFFICER])
    Staff.objects.filter(pk=ended.pk).update(is_active=False)
    pages = []
    for email, password in (
        (officer.email, "wrong"),
        ("nobody@northmoor.example", cast.PASSWORD),
        (ended.email, cast.PASSWORD),
    ):
        response = give_password(Client(), email, password)
        assert response.status_code == 200
        page = re.sub(r'(csrfmiddlewaretoken" value="|value=")[^"]*', "", response.content.decode())
        pages.append(page)
    assert pages[0] == pages[1] == pages[2]
    assert "is not right" in pages[0]


def test_five_wrong_attempts_close_the_account_for_a_while_whoever_tries(officer):
    for _ in range(5):
        give_password(Client(REMOTE_ADDR="198.51.100.7"), officer.email, "wrong")
    response = give_password(Client(REMOTE_ADDR="203.0.113.9"), officer.email)
    assert "Too many attempts" in response.content.decode()
    other = cast.a_person("Cass Worker", officer.agency, [Role.CASE_OFFICER])
    assert give_password(Client(REMOTE_ADDR="198.51.100.7"), other.email).status_code == 302


def test_no_address_is_kept_anywhere(officer):
    client = Client(REMOTE_ADDR="198.51.100.7", HTTP_X_FORWARDED_FOR="198.51.100.7")
    give_password(client, officer.email, "wrong")
    give_password(client, officer.email)
    kept = [f"{row.cache_key} {row.value}" for row in AttemptCount.objects.all()]
    kept += [str(session.get_decoded()) for session in Session.objects.all()]
    kept += [str(row.__dict__) for row in AuditEntry.objects.all()]
    assert len(kept) > 2
    assert not [text for text in kept if "198.51" in text]
    assert not [row for row in AttemptCount.objects.all() if officer.email in row.cache_key]


def test_codes_are_limited_too(officer):
    secret = cast.a_second_factor(officer)
    client = Client()
    give_password(client, officer.email)
    for _ in range(5):
        client.post("/desk/login/code/", {"code": "000000"})
    response = client.post("/desk/login/code/", {"code": cast.code_for(secret)})
    assert "Too many attempts" in response.content.decode()


@pytest.mark.parametrize(("seconds", "stays"), [(IDLE_SECONDS - 60, True), (IDLE_SECONDS + 60, False)])
def test_idle_sessions_end(officer, seconds, stays):
    start = clock.now()
    client = cast.logged_in(officer)
    with clock.moved_to(start):
        client.get(HOME)
    with clock.moved_to(start + timedelta(seconds=seconds)):
        response = client.get("/desk/notices/")
    assert (response.status_code == 200) is stays
    if not stays:
        assert response["Location"] == "/desk/login/?next=/desk/notices/"
        assert "_auth_user_id" not in client.session


def test_busy_sessions_end_after_eight_hours(officer):
    start = clock.now()
    client = cast.logged_in(officer)
    for minute in range(0, ABSOLUTE_SECONDS // 60 + 1, 20):
        with clock.moved_to(start + timedelta(minutes=minute)):
            assert client.get(HOME).status_code == 200
    with clock.moved_to(start + timedelta(seconds=ABSOLUTE_SECONDS + 60)):
        assert client.get(HOME).status_code == 302


def test_logging_out_needs_a_post_and_ends_the_session(officer):
    client = cast.logged_in(officer)
    assert client.get("/desk/logout/").status_code == 405
    assert client.post("/desk/logout/").status_code == 302
    assert client.get(HOME).status_code == 302


def test_logging_in_changes_the_session_key(officer):
    secret = cast.a_second_factor(officer)
    client = Client()
    give_password(client, officer.email)
    before = client.session.session_key
    client.post("/desk/login/code/", {"code": cast.code_for(secret)})
    assert client.session.session_key != before


def test_there_is_no_sign_up_and_no_mail(officer, mailoutbox):
    client = Client()
    for path in ("/desk/signup/", "/desk/password/reset/", "/accounts/signup/", "/desk/email/"):
        try:
            found = resolve(path).view_name
        except Resolver404:
            continue
        assert found == "desk:nowhere"
    secret = cast.a_second_factor(officer)
    give_password(client, officer.email)
    client.post("/desk/login/code/", {"code": cast.code_for(secret)})
    assert mailoutbox == []


def test_logging_in_leads_nowhere_else(officer):
    cast.a_second_factor(officer)
    client = Client()
    response = client.post(
        "/desk/login/?next=https://elsewhere.example/", {"login": officer.email, "password": cast.PASSWORD}
    )
    assert "elsewhere" not in response["Location"]


def test_an_ended_account_is_out_at_the_next_click(officer):
    client = cast.logged_in(officer)
    assert client.get(HOME).status_code == 200
    services.deactivate_staff(cast.refreshed(officer), by=system("tests"))
    assert client.get(HOME)["Location"].startswith("/desk/login/")


class TestInvitation:
    def invited(self, officer):
        return services.invite_staff(
            email="new@northmoor.example",
            name="Nia New",
            agency=officer.agency,
            roles=[Role.CASE_OFFICER],
            by=system("tests"),
        )

    def test_the_link_sets_a_password_once(self, officer):
        invitation = self.invited(officer)
        assert not Staff.objects.get(pk=invitation.staff_id).has_usable_password()
        client = Client()
        assert "Nia New" in client.get(invitation.path).content.decode()
        assert client.post(invitation.path, {"password": cast.PASSWORD})["Location"] == "/desk/login/"
        assert give_password(client, "new@northmoor.example")["Location"] == HOME
        assert Client().get(invitation.path).status_code == 404
        assert Client().post(invitation.path, {"password": "another long one"}).status_code == 404

    def test_a_weak_password_is_refused_with_all_reasons(self, officer):
        page = Client().post(self.invited(officer).path, {"password": "password"}).content.decode()
        assert "at least 12 characters" in page
        assert "too common" in page

    def test_an_old_link_is_over(self, officer):
        invitation = self.invited(officer)
        services.invite_again(Staff.objects.get(pk=invitation.staff_id), by=system("tests"))
        assert Client().get(invitation.path).status_code == 404

    def test_a_forged_link_opens_nothing(self, officer):
        path = self.invited(officer).path
        assert Client().get(path[:-3] + "xx/").status_code == 404
        assert Client().get(f"/desk/invitation/{officer.pk}/aaa-bbb/").status_code == 404


def test_changing_the_password_needs_the_old_one_and_ends_the_session(officer):
    client = cast.logged_in(officer)
    new = "eight white owls"
    bad = {"oldpassword": "wrong", "password1": new, "password2": new}
    assert client.post("/desk/password/", bad).status_code == 200
    good = bad | {"oldpassword": cast.PASSWORD}
    assert client.post("/desk/password/", good).status_code == 302
    assert cast.refreshed(officer).check_password(new)
    assert client.get(HOME)["Location"].startswith("/desk/login/")


@pytest.fixture(autouse=True)
def _no_counts_left():
    cache.clear()
