"""Re-exported so that Django finds them; each model lives beside its operations."""

from governance.approvals.models import Approval, Comment, Delegation, Evidence, Signature
from governance.audit.models import Export, Verification, Witnessing
from governance.catalogue.models import Deployment, Model, ModelVersion
from governance.contracts.models import Contract, Process
from governance.incidents.models import Halt
from governance.ledger.models import Checkpoint, Entry, Leaf, Node, Outbox
from governance.roles.models import ApiKey, Producer, User

__all__ = [
    "ApiKey",
    "Approval",
    "Checkpoint",
    "Comment",
    "Contract",
    "Delegation",
    "Deployment",
    "Entry",
    "Evidence",
    "Export",
    "Halt",
    "Leaf",
    "Model",
    "ModelVersion",
    "Node",
    "Outbox",
    "Process",
    "Producer",
    "Signature",
    "User",
    "Verification",
    "Witnessing",
]
