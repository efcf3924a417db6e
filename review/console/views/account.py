"""Signing in and out."""

from django.contrib.auth import views


class Login(views.LoginView):
    """The sign-in page; people who are signed in already go on to their work."""

    template_name = "account/login.html"
    redirect_authenticated_user = True


class Logout(views.LogoutView):
    """POST only, so that no link elsewhere can sign a person out."""
