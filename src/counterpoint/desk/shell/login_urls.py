"""Logging in: the few routes of the login library that the desk uses, under the names the library asks for."""

from django.urls import path

from counterpoint.desk.shell import login

urlpatterns = [
    path("login/", login.LoginPage.as_view(), name="account_login"),
    path("login/code/", login.SecondFactorPage.as_view(), name="mfa_authenticate"),
    path("logout/", login.log_out, name="account_logout"),
    path("second-factor/", login.SetUpSecondFactorPage.as_view(), name="mfa_activate_totp"),
    path("second-factor/recovery-codes/", login.RecoveryCodesPage.as_view(), name="mfa_view_recovery_codes"),
    path("password/", login.ChangePasswordPage.as_view(), name="account_change_password"),
]
