"""Signing in by password, and who a session belongs to."""

from typing import Any

from django.contrib.auth.backends import ModelBackend

from governance.roles.models import User
from governance.roles.queries import person_with_rights


class PeopleBackend(ModelBackend):
    """Django's own, but a session's person comes with their rights in one statement."""

    def get_user(self, user_id: Any) -> User | None:
        user = person_with_rights(user_id)
        return user if user is not None and self.user_can_authenticate(user) else None
