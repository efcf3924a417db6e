"""What can go wrong in the domain; console and API turn these into answers."""


class DomainError(Exception):
    """A rule said no. `code` is stable and for machines; the message is for people."""

    code = "refused"


class Conflict(DomainError):
    """Somebody else was first, or the state has moved on (HTTP 409)."""

    code = "conflict"


class NotApproved(Conflict):
    """What would act is not approved, or no longer (HTTP 409)."""

    code = "not_approved"


class InvalidInput(DomainError):
    """What was handed in breaks a stated rule (HTTP 422); `errors`: field path to reason."""

    code = "invalid"

    def __init__(self, message: str, errors: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.errors = errors or {}

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The errors for templates, where `errors.items` would be the field of that name."""
        return list(self.errors.items())


class NotAllowed(DomainError):
    """The actor lacks the right (HTTP 403)."""

    code = "not_allowed"
