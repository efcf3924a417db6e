"""Plumbing only: people, producers, keys. What the ledger records is not edited here."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest

from governance.models import ApiKey, Contract, ModelVersion, Process, Producer, User

admin.site.site_header = "Countersign plumbing"
# Roles are given by operations, which leave an entry in the ledger (`manage.py role`).
admin.site.unregister(Group)


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
