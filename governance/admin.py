"""Plumbing only: people, producers, keys. What the ledger records is not edited here."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse

from governance.models import ApiKey, Contract, ModelVersion, Process, Producer, User
from governance.signin import passwords, sessions

admin.site.site_header = "Countersign plumbing"
# Roles are given by operations, which leave an entry in the ledger (`manage.py role`).
admin.site.unregister(Group)
# Second factors and linked accounts are changed by governance.signin alone, with an entry.
for model in (Authenticator, EmailAddress, SocialAccount, SocialApp, SocialToken):
    admin.site.unregister(model)


@admin.register(User)
class PersonAdmin(UserAdmin):
    """Names, passwords, who is active; no groups and no permissions."""

    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        ("Plumbing", {"fields": ("is_active", "is_staff", "is_superuser")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    list_filter = ("is_staff", "is_superuser", "is_active")
    filter_horizontal = ()

    def save_model(self, request: HttpRequest, obj: User, form: ModelForm, change: bool) -> None:
        """As ever; who is deactivated, or was given another password, is signed out everywhere."""
        super().save_model(request, obj, form, change)
        if change and {"is_active", "password"} & set(form.changed_data):
            sessions.end_all(
                user=obj, actor=f"user:{request.user.pk}", data={"why": "changed in the admin"}
            )

    def user_change_password(
        self, request: HttpRequest, id: str, form_url: str = ""
    ) -> HttpResponse:
        response: HttpResponse = super().user_change_password(request, id, form_url)
        person = User.objects.filter(pk=unquote(id)).first()
        if request.method == "POST" and response.status_code == 302 and person is not None:
            passwords.record(user=person, actor=f"user:{request.user.pk}", data={"by": "admin"})
            sessions.end_all(
                user=person,
                actor=f"user:{request.user.pk}",
                data={"why": "new password by the admin"},
                but=request.session.get(sessions.KEY) if person == request.user else None,
            )
        return response


@admin.register(Producer)
class ProducerAdmin(admin.ModelAdmin):
    list_display = ["name", "is_active", "created_at"]


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that only operations may change."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return False


@admin.register(Process)
class ProcessAdmin(ReadOnlyAdmin):
    list_display = ["slug", "title", "stage", "is_paused"]


@admin.register(Contract)
class ContractAdmin(ReadOnlyAdmin):
    list_display = ["process", "number", "digest", "created_at"]


@admin.register(ModelVersion)
class ModelVersionAdmin(ReadOnlyAdmin):
    list_display = ["model", "number", "provider", "digest", "created_at"]


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    list_display = ["prefix", "producer", "user", "process", "expires_at", "revoked_at"]
    exclude = ["secret_sha256"]
