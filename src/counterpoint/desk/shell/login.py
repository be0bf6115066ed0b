"""Pages for logging in, setting up the second factor, and changing one's password. What the library is made to do:
`counterpoint.access.login`."""

from typing import Any
from uuid import UUID

from allauth.account.forms import ChangePasswordForm, LoginForm
from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.flows.logout import logout
from allauth.account.views import LoginView, PasswordChangeView
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import ViewRecoveryCodesView
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.views import ActivateTOTPView
from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST
from markupsafe import Markup

from counterpoint.access import services
from counterpoint.access.gate import viewer_of
from counterpoint.audit import services as audit
from counterpoint.audit.types import Subject
from counterpoint.desk.shell.fields import DeskForm, in_plain_words
from counterpoint.desk.shell.pages import bind, desk_page, refusals_on

_WRONG = "The e-mail address or the password is not right. Check both, or ask your administrator for a new link."
_TOO_OFTEN = "Too many attempts for this account. Wait five minutes, then try again."


class _LoginForm(LoginForm):  # type: ignore[misc] # the library ships no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "E-mail address"
        self.fields["password"].label = "Password"
        self.fields["password"].help_text = ""
        in_plain_words(self)

    def clean(self) -> Any:
        try:
            return super().clean()
        except forms.ValidationError as error:
            raise forms.ValidationError(_TOO_OFTEN if "too_many" in (error.code or "") else _WRONG) from None


class _CodeForm(AuthenticateForm):  # type: ignore[misc] # the library ships no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = "Code from your authenticator app, or a recovery code"
        in_plain_words(self)

    def clean_code(self) -> Any:
        return _say_code_plainly(super().clean_code)


class _SetUpForm(ActivateTOTPForm):  # type: ignore[misc] # the library ships no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = "The six digits that your app shows now"
        in_plain_words(self)

    def clean_code(self) -> Any:
        return _say_code_plainly(super().clean_code)


class _PasswordForm(ChangePasswordForm):  # type: ignore[misc] # the library ships no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"].label = "Password until now"
        self.fields["password1"].label = "New password"
        self.fields["password1"].help_text = "At least 12 characters. Three unusual words are good."
        self.fields["password2"].label = "New password again"
        in_plain_words(self)


class LoginPage(LoginView):  # type: ignore[misc] # the library ships no types
    template_name = "desk/login/login.html"

    def get_form_class(self) -> type[forms.Form]:
        return _LoginForm


class SecondFactorPage(AuthenticateView):  # type: ignore[misc] # the library ships no types
    template_name = "desk/login/code.html"

    def get_form_class(self) -> type[forms.Form]:
        return _CodeForm


class SetUpSecondFactorPage(ActivateTOTPView):  # type: ignore[misc] # the library ships no types
    """Shown before anything else to a person who has no second factor yet."""

    template_name = "desk/login/set_up.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if Authenticator.objects.filter(user=viewer_of(request), type=Authenticator.Type.TOTP).exists():
            return redirect("desk:home")
        return super().dispatch(request, *args, **kwargs)

    def get_form_class(self) -> type[forms.Form]:
        return _SetUpForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        svg = context["totp_svg"]
        # made by our own library from our own text, and scripts in it would not run anyway
        context["qr_code"] = Markup(svg[svg.index("<svg") :])  # noqa: S704
        context["secret"] = " ".join(_in_fours(context["form"].secret))
        return context

    def form_valid(self, form: Any) -> HttpResponse:
        """The code just given proves the factor, so that this session counts as verified from here on."""
        viewer = viewer_of(self.request)
        with transaction.atomic():
            response: HttpResponse = super().form_valid(form)
            factor = Authenticator.objects.get(user=viewer, type=Authenticator.Type.TOTP)
            record_authentication(self.request, viewer, "mfa", id=factor.pk, type=factor.type)
            self.request.session.cycle_key()
            audit.record("staff.second_factor_set_up", by=viewer.actor, about=Subject("staff", viewer.id))
        return response

    def get_success_url(self) -> str:
        return reverse("mfa_view_recovery_codes")


class RecoveryCodesPage(ViewRecoveryCodesView):  # type: ignore[misc] # the library ships no types
    """Shows the recovery codes once."""

    template_name = "desk/login/recovery_codes.html"


class ChangePasswordPage(PasswordChangeView):  # type: ignore[misc] # the library ships no types
    template_name = "desk/login/password.html"

    def get_form_class(self) -> type[forms.Form]:
        return _PasswordForm

    def form_valid(self, form: Any) -> HttpResponse:
        viewer = viewer_of(self.request)
        with transaction.atomic():
            response: HttpResponse = super().form_valid(form)
            audit.record("staff.password_changed", by=viewer.actor, about=Subject("staff", viewer.id))
        return response

    def get_success_url(self) -> str:
        return reverse("account_login")


@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    viewer = viewer_of(request)
    with transaction.atomic():
        audit.record("staff.logged_out", by=viewer.actor, about=Subject("staff", viewer.id))
    logout(request)
    messages.success(request, "You are logged out.")
    return redirect("account_login")


class NewPasswordForm(DeskForm):
    password = forms.CharField(
        label="Choose a password",
        help_text="At least 12 characters. Three unusual words are good.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        strip=False,
    )


@desk_page
def accept_invitation(request: HttpRequest, *, staff_id: UUID, token: str) -> HttpResponse:
    """Where a one-time link leads: choose a password, then log in."""
    staff = services.invited_by_link(staff_id, token)
    form = bind(NewPasswordForm, request)
    if form.is_bound and form.is_valid():
        with refusals_on(form):
            services.accept_invitation(staff_id=staff_id, token=token, password=form.cleaned_data["password"])
            messages.success(request, "Your password is set. Log in with it now.")
            return redirect("account_login")
    return render(request, "desk/login/invitation.html", {"form": form, "invited": staff})


def _in_fours(text: str) -> list[str]:
    return [text[place : place + 4] for place in range(0, len(text), 4)]


def _say_code_plainly(clean: Any) -> Any:
    try:
        return clean()
    except forms.ValidationError as error:
        if error.code in ("too_many_login_attempts", "rate_limited"):
            raise forms.ValidationError(_TOO_OFTEN) from None
        raise forms.ValidationError(
            "This code is not right. Wait for the next one in your app and try again."
        ) from None
