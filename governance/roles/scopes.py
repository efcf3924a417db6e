"""Which scopes a key may have, and by which of a person's rights a scope is of any use to them."""

from collections.abc import Iterable

from governance.roles.models import ApiKey

Scope = ApiKey.Scope
OF_PRODUCERS = (Scope.SUBMIT, Scope.READ, Scope.PERSONAL)
OF_PEOPLE = (Scope.READ, Scope.SUBMIT, Scope.DECIDE, Scope.GOVERN)
# A person's key never does more than the person; these only keep a choice from being idle.
_USEFUL_WITH: dict[Scope, frozenset[str]] = {
    Scope.READ: frozenset({"view_items", "view_metrics", "view_governance"}),
    Scope.SUBMIT: frozenset({"submit_items"}),
    Scope.DECIDE: frozenset(
        {
            "serve_operator",
            "serve_senior_reviewer",
            "serve_compliance_officer",
            "override_decisions",
        }
    ),
    Scope.GOVERN: frozenset(
        {"change_stage", "halt_automation", "operate_effects", "reassign_tasks", "manage_access"}
    ),
}


def useful_to(codenames: Iterable[str]) -> list[Scope]:
    """The scopes that a person with these rights could use a key for."""
    held = frozenset(codenames)
    return [scope for scope in OF_PEOPLE if _USEFUL_WITH[scope] & held]
