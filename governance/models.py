"""Re-exported so that Django finds them; each model lives beside its operations."""

from governance.access.models import AccessReview, AccessReviewLine
from governance.approvals.models import Approval, Comment, Delegation, Evidence, Signature
from governance.catalogue.models import Deployment, Model, ModelVersion
from governance.contracts.models import Contract, Process
from governance.incidents.models import Halt
from governance.ledger.models import Checkpoint, Entry, Leaf, Node, Outbox
from governance.roles.models import ApiKey, Duty, Producer, RoleGrant, User

__all__ = [
    "AccessReview",
    "AccessReviewLine",
    "ApiKey",
    "Approval",
    "Checkpoint",
    "Comment",
    "Contract",
    "Delegation",
    "Deployment",
    "Duty",
    "Entry",
    "Evidence",
    "Halt",
    "Leaf",
    "Model",
    "ModelVersion",
    "Node",
    "Outbox",
    "Process",
    "Producer",
    "RoleGrant",
    "Signature",
    "User",
]
