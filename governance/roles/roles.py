"""The roles of the design, and what each may do in a process where it is granted."""

from enum import StrEnum


class Role(StrEnum):
    OPERATOR = "operator"
    SENIOR_REVIEWER = "senior_reviewer"
    TEAM_LEAD = "team_lead"
    PROCESS_OWNER = "process_owner"
    MODEL_OWNER = "model_owner"
    COMPLIANCE_OFFICER = "compliance_officer"
    AUDITOR = "auditor"
    PLATFORM_ENGINEER = "platform_engineer"

    @property
    def label(self) -> str:
        """The role in words."""
        return self.value.replace("_", " ")


PERMISSIONS: dict[Role, frozenset[str]] = {
    Role.OPERATOR: frozenset({"view_items", "serve_operator", "reveal_personal"}),
    Role.SENIOR_REVIEWER: frozenset(
        {
            "view_items",
            "serve_operator",
            "serve_senior_reviewer",
            "download_documents",
            "reveal_personal",
        }
    ),
    Role.TEAM_LEAD: frozenset(
        {
            "view_items",
            "serve_operator",
            "serve_senior_reviewer",
            "download_documents",
            "reassign_tasks",
            "override_decisions",
            "operate_effects",
            "view_metrics",
            "view_governance",
            "handle_incidents",
            "halt_automation",
            "reveal_personal",
        }
    ),
    Role.PROCESS_OWNER: frozenset(
        {
            "view_items",
            "submit_items",
            "change_stage",
            "apply_contracts",
            "view_metrics",
            "view_governance",
            "request_approvals",
            "give_approvals",
            "handle_incidents",
            "halt_automation",
        }
    ),
    Role.MODEL_OWNER: frozenset(
        {"view_items", "manage_models", "view_metrics", "view_governance", "request_approvals"}
    ),
    Role.COMPLIANCE_OFFICER: frozenset(
        {
            "view_items",
            "serve_compliance_officer",
            "download_documents",
            "view_ledger",
            "view_metrics",
            "view_governance",
            "request_approvals",
            "give_approvals",
            "manage_policies",
            "handle_incidents",
            "halt_automation",
            "manage_access",
            "reveal_personal",
            "erase_personal",
            "export_audit",
        }
    ),
    Role.AUDITOR: frozenset(
        {"view_items", "view_ledger", "view_metrics", "view_governance", "export_audit"}
    ),
    Role.PLATFORM_ENGINEER: frozenset(
        {
            "operate_effects",
            "view_metrics",
            "view_governance",
            "handle_incidents",
            "halt_automation",
        }
    ),
}

# A queue is served by one of these roles.
SERVING_ROLES = (Role.OPERATOR, Role.SENIOR_REVIEWER, Role.COMPLIANCE_OFFICER)


def serve_permission(role: str) -> str:
    """The codename that lets a person serve a queue of this role."""
    return f"serve_{role}"
