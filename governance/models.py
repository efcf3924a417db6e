"""Re-exported so that Django finds them; each model lives beside its operations."""

from governance.access.models import AccessReview, AccessReviewLine
from governance.approvals.models import Approval, Comment, Delegation, Evidence, Signature
from governance.audit.models import Export, Verification, Witnessing
from governance.cards.models import CardDraft, CardFacts, CardRevision
from governance.catalogue.models import Deployment, Model, ModelVersion
from governance.contracts.models import Contract, Process
from governance.incidents.models import (
    Halt,
    Incident,
    Playbook,
    PlaybookRun,
    StepRun,
    ThresholdOverride,
)
from governance.ledger.models import Checkpoint, Entry, Leaf, Node, Outbox
from governance.policies.models import Policy, PolicyVersion
from governance.privacy.holds.models import LegalHold
from governance.privacy.retention.models import RetentionRule
from governance.privacy.revealing.models import Reveal
from governance.privacy.vault.models import ProcessKey
from governance.roles.models import ApiKey, Duty, Producer, RoleGrant, Training, User
from governance.signin.models import (
    Intervention,
    PersonSession,
    ResetRequest,
    SignInCount,
    SignInMail,
)

__all__ = [
    "AccessReview",
    "AccessReviewLine",
    "ApiKey",
    "Approval",
    "CardDraft",
    "CardFacts",
    "CardRevision",
    "Checkpoint",
    "Comment",
    "Contract",
    "Delegation",
    "Deployment",
    "Duty",
    "Entry",
    "Evidence",
    "Export",
    "Halt",
    "Incident",
    "Intervention",
    "Leaf",
    "LegalHold",
    "Model",
    "ModelVersion",
    "Node",
    "Outbox",
    "PersonSession",
    "Playbook",
    "PlaybookRun",
    "Policy",
    "PolicyVersion",
    "Process",
    "ProcessKey",
    "Producer",
    "ResetRequest",
    "RetentionRule",
    "Reveal",
    "RoleGrant",
    "SignInCount",
    "SignInMail",
    "Signature",
    "StepRun",
    "ThresholdOverride",
    "Training",
    "User",
    "Verification",
    "Witnessing",
]
