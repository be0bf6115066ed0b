"""How the login library (allauth) is bent to our rules: no sign-up, no mail, no address kept, secrets sealed."""

import base64
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest

from counterpoint.access.gate import start_session
from counterpoint.access.models import Staff
from counterpoint.audit import services as audit
from counterpoint.audit.types import Subject, system
from counterpoint.base.sealing import DeploymentKeys, seal, unseal

_LOGIN = system("login")


class DeskAccountAdapter(DefaultAccountAdapter):  # type: ignore[misc] # the library ships no types
    """Staff log in with e-mail address and password; accounts are made by administrators only."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - the library's face
        return False

    def get_client_ip(self, request: HttpRequest) -> str:  # noqa: ARG002 - the library's face
        """Nothing: attempts are counted by account, and no address is kept anywhere."""
        return ""

    def is_reauthentication_required(self, *, app: str) -> bool:  # noqa: ARG002 - the library's face
        """Not needed: the second factor is set up right after the password, and recovery codes show once."""
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """The person, or None for a wrong password, an unknown account and one that has ended: all read the same."""
        staff = super().authenticate(request, **credentials)
        return staff if isinstance(staff, Staff) and staff.is_active else None

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:  # noqa: ARG002
        staff = Staff.objects.filter(email__iexact=credentials.get("email", "")).first()
        if staff is not None:  # an address that is not ours would be somebody's personal data
            with transaction.atomic():
                audit.record("staff.login_failed", by=_LOGIN, about=Subject("staff", staff.id))

    def login(self, request: HttpRequest, user: Staff) -> None:
        """Log in, in a session with a new key, and leave an entry."""
        with transaction.atomic():
            super().login(request, user)
            start_session(request)
            audit.record("staff.logged_in", by=user.actor, about=Subject("staff", user.id))

    def add_message(self, *_args: Any, **_kwargs: Any) -> None:
        """Nothing: the desk says what happened in its own words."""

    def send_notification_mail(self, *_args: Any, **_kwargs: Any) -> None:
        """Nothing: logging in needs no mail, and tells none."""


class DeskSecondFactor(DefaultMFAAdapter):  # type: ignore[misc] # the library ships no types
    """TOTP secrets and recovery seeds, sealed under a key of their own."""

    def encrypt(self, text: str) -> str:
        return base64.b64encode(seal(text.encode(), key=_key(), place="second_factor")).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(base64.b64decode(encrypted_text), key=_key(), place="second_factor").decode()


def _key() -> bytes:
    keys: DeploymentKeys = settings.DEPLOYMENT_KEYS
    return keys.derive("second-factor")
