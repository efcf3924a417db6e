"""Re-exported so that Django finds them; each model lives beside its operations."""

from governance.catalogue.models import Deployment, Model, ModelVersion
from governance.contracts.models import Contract, Process
from governance.ledger.models import Checkpoint, Entry, Leaf, Node, Outbox
from governance.roles.models import ApiKey, Producer, User

__all__ = [
    "ApiKey",
    "Checkpoint",
    "Contract",
    "Deployment",
    "Entry",
    "Leaf",
    "Model",
    "ModelVersion",
    "Node",
    "Outbox",
    "Process",
    "Producer",
    "User",
]
