"""Whose signatures a request needs, and how long a yes holds: by kind and risk tier."""

from governance.approvals.models import Approval
from governance.roles.roles import Role

_COMPLIANCE, _OWNER = Role.COMPLIANCE_OFFICER.value, Role.PROCESS_OWNER.value
_Kind = Approval.Kind

# Changes that the process's owner usually asks for need two officers where the risk is high, for
# the owner may not sign them; a model is asked for by its own owner.
_HIGH: dict[str, tuple[str, ...]] = {
    _Kind.VERSION: (_COMPLIANCE, _OWNER),
    _Kind.CONTRACT: (_COMPLIANCE, _COMPLIANCE),
    _Kind.THRESHOLDS: (_COMPLIANCE, _COMPLIANCE),
    _Kind.STAGE: (_COMPLIANCE, _COMPLIANCE),
}
# What officers write themselves is signed by who answers for the process.
_ALWAYS: dict[str, tuple[str, ...]] = {
    _Kind.POLICY: (_OWNER,),
    _Kind.RETENTION: (_OWNER,),
    _Kind.ACCESS: (_COMPLIANCE,),
}
SIGNING_ROLES = frozenset(
    role for rows in (_HIGH, _ALWAYS) for roles in rows.values() for role in roles
)
_VALID_DAYS = {"low": 365, "medium": 365, "high": 180}
OPEN_DAYS = 30


def roles_needed(kind: str, risk: str) -> tuple[str, ...]:
    """One entry for each signature; risk is low, medium or high."""
    if kind in _ALWAYS:
        return _ALWAYS[kind]
    return _HIGH[kind] if risk == "high" else (_COMPLIANCE,)


def valid_days(risk: str) -> int:
    """After how many days a yes has to be asked for again."""
    return _VALID_DAYS[risk]
