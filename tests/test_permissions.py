"""Who may do what: every address, every role, in one table to read and to compare with.

+  let in: done, shown, or refused only for what was sent or how things stand (409, 422)
-  not allowed (403), by somebody who may know that it is there
.  not there (404), for somebody who may not even know
L  sent to the login page
K  asked for a key or session (401)

The task is held by the caller where their role serves its queue, by a colleague otherwise; the
decision is a colleague's; the effect has failed. `producer` calls with a key, which the console
does not know; `admin` is a superuser without any role, who outside the admin has no more rights
than an outsider.
"""

import copy
import re

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLResolver, get_resolver
from django.utils import timezone

from governance.access.operations import start as start_access_review
from governance.catalogue import shadowing
from governance.catalogue.queries import champion
from governance.identifiers import uuid7
from governance.models import Entry, Export, User
from governance.policies.operations import create
from governance.roles.keys import issue_key
from governance.roles.scopes import OF_PEOPLE
from review.models import Effect, GateHold, Run, SavedView, Task
from tests import factories

pytestmark = pytest.mark.django_db

PEOPLE = [
    *("nobody", "outsider", "operator", "senior", "lead", "owner", "model_owner"),
    *("compliance_officer", "auditor", "platform_engineer", "producer", "admin"),
]
TABLE = """
METHOD ADDRESS                                      nob out ope sen lea own mod com aud pla pro adm
GET    /                                              L   +   +   +   +   +   +   +   +   +   L   +
GET    /account/api-keys/                             L   +   +   +   +   +   +   +   +   +   L   +
POST   /account/api-keys/                             L   +   +   +   +   +   +   +   +   +   L   +
POST   /account/api-keys/{key_id}/revoke/             L   .   +   .   .   .   .   .   .   .   L   .
POST   /account/api-keys/{key_id}/rotate/             L   .   +   .   .   .   .   .   .   .   L   .
GET    /account/keys/                                 L   +   +   +   +   +   +   +   +   +   L   +
POST   /account/keys/                                 L   +   +   +   +   +   +   +   +   +   L   +
GET    /account/security/                             L   +   +   +   +   +   +   +   +   +   L   +
GET    /account/security/app/                         L   +   +   +   +   +   +   +   +   +   L   +
POST   /account/security/app/                         L   +   +   +   +   +   +   +   +   +   L   +
POST   /account/security/codes/                       L   +   +   +   +   +   +   +   +   +   L   +
GET    /account/security/confirm/                     L   +   +   +   +   +   +   +   +   +   L   +
POST   /account/security/confirm/                     L   +   +   +   +   +   +   +   +   +   L   +
GET    /account/security/passkeys/                    L   +   +   +   +   +   +   +   +   +   L   +
POST   /account/security/passkeys/                    L   +   +   +   +   +   +   +   +   +   L   +
GET    /account/security/password/                    L   +   +   +   +   +   +   +   +   +   L   +
POST   /account/security/password/                    L   +   +   +   +   +   +   +   +   +   L   +
POST   /account/security/{factor_id}/remove/          L   +   +   +   +   +   +   +   +   +   L   +
GET    /account/sessions/                             L   +   +   +   +   +   +   +   +   +   L   +
POST   /account/sessions/end-others/                  L   +   +   +   +   +   +   +   +   +   L   +
POST   /account/sessions/{session_id}/end/            L   +   +   +   +   +   +   +   +   +   L   +
GET    /decisions/{decision_id}/                      L   .   -   -   +   -   -   -   -   .   L   .
POST   /decisions/{decision_id}/amend/                L   .   -   -   +   -   -   -   -   .   L   .
POST   /decisions/{decision_id}/undo/                 L   .   -   -   +   -   -   -   -   .   L   .
POST   /documents/{document_id}/download              L   .   -   +   +   -   -   +   -   .   L   .
GET    /documents/{document_id}/pages/{number}/{size} L   .   +   +   +   +   +   +   +   .   L   .
GET    /documents/{document_id}/text                  L   .   +   +   +   +   +   +   +   .   L   .
GET    /documents/{document_id}/words/{number}        L   .   +   +   +   +   +   +   +   .   L   .
GET    /effects/failed/                               L   -   -   -   +   -   -   -   -   +   L   -
POST   /effects/{effect_id}/retry/                    L   .   -   -   +   -   -   -   -   +   L   .
POST   /effects/{effect_id}/write-off/                L   .   -   -   +   -   -   -   -   +   L   .
GET    /governance/                                   L   -   -   -   +   +   +   +   +   +   L   -
GET    /governance/access/people/{person_id}/         L   -   -   -   -   -   -   +   -   -   L   -
POST   /governance/access/people/{person_id}/factor/  L   -   -   -   -   -   -   +   -   -   L   -
POST   /governance/access/people/{person_id}/sessions/ L   -   -   -   -   -   -   +   -   -   L   -
POST   /governance/access/people/{person_id}/wait/    L   -   -   -   -   -   -   +   -   -   L   -
GET    /governance/reports/                           L   -   -   -   -   -   -   +   +   -   L   -
GET    /governance/reports/{report}/                  L   -   -   -   -   -   -   +   +   -   L   -
POST   /governance/reports/{report}/download/         L   -   -   -   -   -   -   +   +   -   L   -
GET    /governance/trainings/{process}/               L   .   .   .   -   -   -   +   -   -   L   .
POST   /governance/trainings/{process}/               L   .   .   .   -   -   -   +   -   -   L   .
GET    /governance/approvals/                         L   -   -   -   +   +   +   +   +   +   L   -
GET    /governance/approvals/ask/{process}/{what}/    L   .   .   .   -   +   +   +   -   -   L   .
POST   /governance/approvals/ask/{process}/{what}/    L   .   .   .   -   +   +   +   -   -   L   .
GET    /governance/approvals/delegations/             L   -   -   -   +   +   +   +   +   +   L   -
POST   /governance/approvals/delegations/             L   -   -   -   -   +   -   +   -   -   L   -
POST   /governance/approvals/delegations/{delegation_id}/end/ L . . . . . . + . . L .
GET    /governance/approvals/evidence/{evidence_id}/  L   .   .   .   +   +   +   +   +   +   L   .
GET    /governance/approvals/{approval_id}/           L   .   .   .   +   +   +   +   +   +   L   .
POST   /governance/approvals/{approval_id}/attach/    L   .   .   .   -   +   +   +   -   -   L   .
POST   /governance/approvals/{approval_id}/comment/   L   .   .   .   -   +   +   +   -   -   L   .
POST   /governance/approvals/{approval_id}/sign/      L   .   .   .   -   -   -   +   -   -   L   .
POST   /governance/approvals/{approval_id}/withdraw/  L   .   .   .   -   -   -   -   -   -   L   .
GET    /governance/deployments/                       L   -   -   -   +   +   +   +   +   +   L   -
GET    /governance/deployments/{process}/             L   .   -   -   +   +   +   +   +   +   L   .
GET    /governance/deployments/{process}/at/          L   .   -   -   +   +   +   +   +   +   L   .
POST   /governance/deployments/{process}/deploy/      L   .   .   .   -   -   +   -   -   -   L   .
POST   /governance/deployments/{process}/roll-back/   L   .   .   .   -   -   +   -   -   -   L   .
POST   /governance/deployments/{process}/shadows/begin/ L .   .   .   -   -   +   -   -   -   L   .
GET    /governance/deployments/{process}/shadows/{deployment_id}/ L . - - + + + + + + L .
POST   /governance/deployments/{process}/shadows/{deployment_id}/end/ L . . . - - + - - - L .
GET    /governance/models/                            L   -   -   -   +   +   +   +   +   +   L   -
GET    /governance/models/{version_id}/               L   .   .   .   +   +   +   +   +   +   L   .
GET    /governance/models/{version_id}/card/          L   .   .   .   -   -   +   -   -   -   L   .
POST   /governance/models/{version_id}/card/          L   .   .   .   -   -   +   -   -   -   L   .
POST   /governance/models/{version_id}/card/discard/  L   .   .   .   -   -   +   -   -   -   L   .
POST   /governance/models/{version_id}/card/draft/    L   .   .   .   -   -   +   -   -   -   L   .
GET    /governance/models/{version_id}/card/history/  L   .   .   .   +   +   +   +   +   +   L   .
POST   /governance/models/{version_id}/card/take-up/  L   .   .   .   -   -   +   -   -   -   L   .
GET    /governance/models/{version_id}/card/{kind}    L   .   .   .   +   +   +   +   +   +   L   .
POST   /governance/models/{version_id}/measure/       L   .   .   .   -   -   +   -   -   -   L   .
GET    /governance/models/{version_id}/measured/      L   .   .   .   +   +   +   +   +   +   L   .
GET    /governance/audit/                             L   -   -   -   -   -   -   +   +   -   L   -
GET    /governance/audit/decisions/{decision_id}/     L   .   -   -   -   -   -   +   +   .   L   .
GET    /governance/audit/entries/{entry_id}/          L   .   .   .   .   .   .   +   +   .   L   .
GET    /governance/audit/exports/                     L   -   -   -   -   -   -   +   +   -   L   -
POST   /governance/audit/exports/                     L   -   -   -   -   -   -   +   +   -   L   -
GET    /governance/audit/exports/{export_id}/         L   .   -   -   -   -   -   +   +   .   L   .
POST   /governance/audit/exports/{export_id}/download L   .   -   -   -   -   -   +   +   .   L   .
GET    /governance/privacy/                           L   -   -   -   +   +   +   +   +   +   L   -
POST   /governance/privacy/disclosure/                L   -   -   -   -   -   -   +   -   -   L   -
GET    /governance/privacy/find/                      L   -   -   -   -   -   -   +   -   -   L   -
POST   /governance/privacy/find/                      L   -   -   -   -   -   -   +   -   -   L   -
GET    /governance/privacy/holds/                     L   -   -   -   +   +   +   +   +   +   L   -
POST   /governance/privacy/holds/                     L   -   -   -   -   -   -   +   -   -   L   -
POST   /governance/privacy/holds/{legal_hold_id}/lift/ L   .   .   .   -   -   -   +   -   -   L   .
POST   /governance/privacy/requests/                  L   -   -   -   -   -   -   +   -   -   L   -
GET    /governance/privacy/requests/{request_id}/     L   .   .   .   +   +   +   +   +   +   L   .
GET    /governance/privacy/requests/{request_id}/json L   .   .   .   +   +   +   +   +   +   L   .
GET    /governance/privacy/rules/                     L   -   -   -   +   +   +   +   +   +   L   -
POST   /governance/privacy/rules/                     L   -   -   -   -   -   -   +   -   -   L   -
GET    /governance/gate/                              L   -   -   -   -   -   -   +   -   -   L   -
GET    /governance/gate/next/                         L   -   -   -   -   -   -   +   -   -   L   -
GET    /governance/gate/{hold_id}/                    L   .   -   -   -   -   -   +   -   .   L   .
POST   /governance/gate/{hold_id}/refuse/             L   .   -   -   -   -   -   +   -   .   L   .
POST   /governance/gate/{hold_id}/release/            L   .   -   -   -   -   -   +   -   .   L   .
GET    /governance/policies/                          L   -   -   -   +   +   +   +   +   +   L   -
GET    /governance/policies/new/                      L   -   -   -   -   -   -   +   -   -   L   -
POST   /governance/policies/new/                      L   -   -   -   -   -   -   +   -   -   L   -
GET    /governance/policies/{slug}/                   L   .   .   .   +   +   +   +   +   +   L   .
GET    /governance/policies/{slug}/write/             L   .   .   .   -   -   -   +   -   -   L   .
POST   /governance/policies/{slug}/write/             L   .   .   .   -   -   -   +   -   -   L   .
GET    /governance/policies/{slug}/{number}/          L   .   .   .   +   +   +   +   +   +   L   .
POST   /governance/policies/{slug}/{number}/ask/      L   .   .   .   -   +   +   +   -   -   L   .
GET    /governance/policies/{slug}/{number}/changes/  L   .   .   .   +   +   +   +   +   +   L   .
GET    /governance/reveals/                           L   -   -   -   -   -   -   +   +   -   L   -
POST   /governance/go-on/                             L   -   -   -   +   +   -   +   -   +   L   -
POST   /governance/halt/                              L   -   -   -   +   +   -   +   -   +   L   -
GET    /governance/incidents/                         L   -   -   -   +   +   +   +   +   +   L   -
POST   /governance/incidents/                         L   -   -   -   +   +   -   +   -   +   L   -
GET    /governance/incidents/{incident_id}/           L   .   .   .   +   +   +   +   +   +   L   .
GET    /governance/incidents/{incident_id}/items/     L   .   .   .   +   +   +   +   +   +   L   .
POST   /governance/incidents/{incident_id}/items.csv  L   .   .   .   +   +   +   +   +   +   L   .
POST   /governance/incidents/{incident_id}/items/     L   .   .   .   +   +   -   +   -   +   L   .
POST   /governance/incidents/{incident_id}/measure/   L   .   .   .   +   +   -   +   -   +   L   .
POST   /governance/incidents/{incident_id}/move/      L   .   .   .   +   +   -   +   -   +   L   .
POST   /governance/incidents/{incident_id}/play/      L   .   .   .   +   +   -   +   -   +   L   .
GET    /governance/incidents/{incident_id}/report/    L   .   .   .   +   +   +   +   +   +   L   .
POST   /governance/incidents/{incident_id}/write/     L   .   .   .   +   +   -   +   -   +   L   .
GET    /governance/playbook-runs/{playbook_run_id}/   L   .   .   .   +   +   +   +   +   +   L   .
POST   /governance/playbook-runs/{playbook_run_id}/step/ L .  .   .   +   +   -   +   -   +   L   .
GET    /governance/playbooks/                         L   -   -   -   +   +   +   +   +   +   L   -
POST   /governance/playbooks/                         L   -   -   -   +   +   -   +   -   +   L   -
GET    /governance/playbooks/{slug}/                  L   -   -   -   +   +   +   +   +   +   L   -
POST   /governance/playbooks/{slug}/                  L   -   -   -   +   +   -   +   -   +   L   -
POST   /processes/{process}/give-back/                L   .   .   .   +   +   -   +   -   +   L   .
POST   /processes/{process}/go-on/                    L   .   .   .   +   +   -   +   -   +   L   .
POST   /processes/{process}/halt/                     L   .   .   .   +   +   -   +   -   +   L   .
POST   /processes/{process}/thresholds/restore/       L   .   .   .   +   +   -   +   -   +   L   .
GET    /governance/access/                            L   -   -   -   -   -   -   +   -   -   L   -
GET    /governance/access/rights/                     L   -   -   -   -   -   -   +   -   -   L   -
GET    /governance/access/producers/                  L   -   -   -   -   -   -   +   -   -   L   -
POST   /governance/access/producers/{producer_key_id}/revoke/ L . - -   -   -   - +   -   .   L   .
POST   /governance/access/producers/{producer_key_id}/rotate/ L . - -   -   -   - +   -   .   L   .
POST   /governance/access/{process}/keys/             L   .   -   -   -   -   -   +   -   .   L   .
POST   /governance/access/{process}/rights.csv        L   .   -   -   -   -   -   +   -   .   L   .
POST   /governance/access/{process}/give/             L   .   -   -   -   -   -   +   -   .   L   .
POST   /governance/access/{process}/take/             L   .   -   -   -   -   -   +   -   .   L   .
POST   /governance/access/{process}/review/           L   .   -   -   -   -   -   +   -   .   L   .
GET    /governance/access/reviews/{review_id}/        L   .   -   -   -   -   -   +   -   .   L   .
POST   /governance/access/reviews/{review_id}/finish/ L   .   -   -   -   -   -   +   -   .   L   .
POST   /governance/access/lines/{line_id}/            L   .   -   -   -   -   -   +   -   .   L   .
GET    /hand-in/                                      L   -   -   -   -   +   -   -   -   -   L   -
GET    /hand-in/{process}/                            L   .   -   -   -   +   -   -   -   .   L   .
POST   /hand-in/{process}/                            L   .   -   -   -   +   -   -   -   .   L   .
GET    /history/                                      L   +   +   +   +   +   +   +   +   +   L   +
GET    /history/recent/                               L   +   +   +   +   +   +   +   +   +   L   +
GET    /items/                                        L   -   +   +   +   +   +   +   +   -   L   -
GET    /items/{item_id}/                              L   .   +   +   +   +   +   +   +   .   L   .
GET    /items/{item_id}/notes/                        L   .   +   +   +   +   +   +   +   .   L   .
POST   /items/{item_id}/notes/                        L   .   +   +   +   -   -   +   -   .   L   .
GET    /items/{item_id}/people/                       L   .   +   +   +   +   +   +   +   .   L   .
GET    /items/{item_id}/reveal/                       L   .   +   +   +   -   -   +   -   .   L   .
POST   /items/{item_id}/reveal/                       L   .   +   +   +   -   -   +   -   .   L   .
POST   /items/{item_id}/presence/                     L   .   +   +   +   +   +   +   +   .   L   .
GET    /login/                                        +   +   +   +   +   +   +   +   +   +   +   +
POST   /login/                                        +   +   +   +   +   +   +   +   +   +   +   +
GET    /login/forgotten/                              +   +   +   +   +   +   +   +   +   +   +   +
POST   /login/forgotten/                              +   +   +   +   +   +   +   +   +   +   +   +
GET    /login/forgotten/new/                          +   +   +   +   +   +   +   +   +   +   +   +
POST   /login/forgotten/new/                          +   +   +   +   +   +   +   +   +   +   +   +
GET    /login/forgotten/{person_id}/{token}/          L   L   L   L   L   L   L   L   L   L   L   L
GET    /login/oidc/                                   .   .   .   .   .   .   .   .   .   .   .   .
GET    /login/oidc/callback/                          .   .   .   .   .   .   .   .   .   .   .   .
GET    /login/passkey/                                +   +   +   +   +   +   +   +   +   +   +   +
POST   /login/passkey/                                +   +   +   +   +   +   +   +   +   +   +   +
GET    /login/second/                                 L   +   +   +   +   +   +   +   +   +   L   +
POST   /login/second/                                 L   +   +   +   +   +   +   +   +   +   L   +
POST   /logout/                                       L   L   L   L   L   L   L   L   L   L   L   L
GET    /notices/                                      L   +   +   +   +   +   +   +   +   +   L   +
GET    /notices/count/                                L   +   +   +   +   +   +   +   +   +   L   +
POST   /notices/read/                                 L   +   +   +   +   +   +   +   +   +   L   +
GET    /notices/ways/                                 L   +   +   +   +   +   +   +   +   +   L   +
POST   /notices/ways/                                 L   +   +   +   +   +   +   +   +   +   L   +
GET    /notices/{notice_id}/                          L   .   +   .   .   .   .   .   .   .   L   .
GET    /processes/                                    L   -   -   -   +   +   +   +   +   +   L   -
POST   /processes/{process}/pause/                    L   .   .   .   -   +   -   -   -   -   L   .
POST   /processes/{process}/stage/                    L   .   .   .   -   +   -   -   -   -   L   .
POST   /queues/{queue_id}/pause/                      L   .   -   -   +   -   -   -   -   .   L   .
GET    /review/{process}/{queue}/ahead/               L   .   +   +   +   -   -   -   -   .   L   .
GET    /review/{process}/{queue}/                     L   .   +   +   +   -   -   -   -   .   L   .
POST   /review/{process}/{queue}/                     L   .   +   +   +   -   -   -   -   .   L   .
GET    /search/                                       L   -   +   +   +   +   +   +   +   -   L   -
GET    /tasks/{task_id}/                              L   .   +   +   +   -   -   -   -   .   L   .
POST   /tasks/{task_id}/decide/                       L   .   +   +   +   -   -   -   -   .   L   .
POST   /tasks/{task_id}/draft/                        L   .   +   +   +   -   -   -   -   .   L   .
POST   /tasks/{task_id}/escalate/                     L   .   +   +   +   -   -   -   -   .   L   .
POST   /tasks/{task_id}/hand-over/                    L   .   +   +   +   -   -   -   -   .   L   .
GET    /tasks/{task_id}/handing/                      L   .   +   +   +   -   -   -   -   .   L   .
POST   /tasks/{task_id}/heartbeat/                    L   .   +   +   +   -   -   -   -   .   L   .
POST   /tasks/{task_id}/hold/                         L   .   +   +   +   -   -   -   -   .   L   .
POST   /tasks/{task_id}/reassign/                     L   .   -   -   +   -   -   -   -   .   L   .
POST   /tasks/{task_id}/release/                      L   .   +   +   +   -   -   -   -   .   L   .
GET    /tasks/{task_id}/similar/                      L   .   +   +   +   -   -   +   -   .   L   .
POST   /tasks/{task_id}/skip/                         L   .   +   +   +   -   -   -   -   .   L   .
POST   /tasks/{task_id}/take-up/                      L   .   +   +   +   -   -   -   -   .   L   .
GET    /runs/                                         L   -   -   -   +   -   -   -   -   -   L   -
POST   /runs/                                         L   -   -   -   +   -   -   -   -   -   L   -
GET    /runs/new/                                     L   -   -   -   +   -   -   -   -   -   L   -
GET    /runs/{run_id}/                                L   .   -   -   +   -   -   -   -   .   L   .
POST   /runs/{run_id}/begin/                          L   .   -   -   +   -   -   -   -   .   L   .
POST   /runs/{run_id}/go-on/                          L   .   -   -   +   -   -   -   -   .   L   .
POST   /runs/{run_id}/stop/                           L   .   -   -   +   -   -   -   -   .   L   .
POST   /runs/{run_id}/undo/                           L   .   -   -   +   -   -   -   -   .   L   .
GET    /team/                                         L   -   -   -   +   -   -   -   -   -   L   -
POST   /team/give/                                    L   -   -   -   +   -   -   -   -   -   L   -
POST   /views/                                        L   -   +   +   +   +   +   +   +   -   L   -
POST   /views/{view_id}/remove/                       L   .   .   .   +   .   .   .   .   .   L   .

GET    /api/schema/                                   +   +   +   +   +   +   +   +   +   +   +   +
GET    /api/v1/decisions/                             K   +   +   +   +   +   +   +   +   +   -   +
POST   /api/v1/decisions/{decision_id}/amend/         K   .   -   -   +   -   -   -   -   .   -   .
POST   /api/v1/decisions/{decision_id}/undo/          K   .   -   -   +   -   -   -   -   .   -   .
GET    /api/v1/documents/{document_id}/pages/{number}/ K  .   +   +   +   +   +   +   +   .   -   .
GET    /api/v1/effects/failed/                        K   -   -   -   +   -   -   -   -   +   -   -
POST   /api/v1/effects/{effect_id}/retry/             K   .   -   -   +   -   -   -   -   +   -   .
POST   /api/v1/effects/{effect_id}/write-off/         K   .   -   -   +   -   -   -   -   +   -   .
GET    /api/v1/gate/                                  K   -   -   -   -   -   -   +   -   -   -   -
POST   /api/v1/gate/{hold_id}/refuse/                 K   .   -   -   -   -   -   +   -   .   -   .
POST   /api/v1/gate/{hold_id}/release/                K   .   -   -   -   -   -   +   -   .   -   .
GET    /api/v1/items/                                 K   +   +   +   +   +   +   +   +   +   +   +
POST   /api/v1/items/                                 K   .   -   -   -   +   -   -   -   -   +   .
POST   /api/v1/items/bulk/                            K   .   -   -   -   +   -   -   -   -   +   .
GET    /api/v1/items/{item_id}/                       K   .   +   +   +   +   +   +   +   .   +   .
GET    /api/v1/items/{item_id}/lineage/               K   .   +   +   +   +   +   +   +   .   -   .
GET    /api/v1/nothing/                               .   .   .   .   .   .   .   .   .   .   .   .
POST   /api/v1/nothing/                               .   .   .   .   .   .   .   .   .   .   .   .
GET    /api/v1/approvals/                             K   -   -   -   +   +   +   +   +   +   -   -
POST   /api/v1/approvals/                             K   .   -   -   -   +   +   +   -   -   -   .
GET    /api/v1/approvals/{approval_id}/               K   .   .   .   +   +   +   +   +   +   -   .
POST   /api/v1/approvals/{approval_id}/comment/       K   .   .   .   -   +   +   +   -   -   -   .
POST   /api/v1/approvals/{approval_id}/refuse/        K   .   .   .   -   -   -   +   -   -   -   .
POST   /api/v1/approvals/{approval_id}/sign/          K   .   .   .   -   -   -   +   -   -   -   .
POST   /api/v1/approvals/{approval_id}/withdraw/      K   .   .   .   -   -   -   -   -   -   -   .
GET    /api/v1/processes/                             K   +   +   +   +   +   +   +   +   +   +   +
GET    /api/v1/processes/{slug}/                      K   .   +   +   +   +   +   +   +   +   +   .
GET    /api/v1/processes/{slug}/access/               K   .   -   -   -   -   -   +   -   -   -   .
GET    /api/v1/processes/{slug}/at/                   K   .   -   -   +   +   +   +   +   +   -   .
POST   /api/v1/processes/{slug}/give-back/            K   .   -   -   +   +   -   +   -   +   -   .
POST   /api/v1/processes/{slug}/give-back/{give_back_id}/ K .  -   -   +   +   -   +   -   +   -   .
POST   /api/v1/processes/{slug}/go-on/                K   .   -   -   +   +   -   +   -   +   -   .
POST   /api/v1/processes/{slug}/halt/                 K   .   -   -   +   +   -   +   -   +   -   .
GET    /api/v1/processes/{slug}/metrics/              K   .   -   -   +   +   +   +   +   +   -   .
POST   /api/v1/processes/{slug}/pause/                K   .   -   -   -   +   -   -   -   -   -   .
POST   /api/v1/processes/{slug}/resume/               K   .   -   -   -   +   -   -   -   -   -   .
POST   /api/v1/processes/{slug}/stage/                K   .   -   -   -   +   -   -   -   -   -   .
POST   /api/v1/queues/{process}/{queue}/next/         K   .   +   +   +   -   -   -   -   .   -   .
GET    /api/v1/tasks/                                 K   +   +   +   +   +   +   +   +   +   -   +
GET    /api/v1/tasks/{task_id}/                       K   .   +   +   +   -   -   -   -   .   -   .
POST   /api/v1/tasks/{task_id}/decide/                K   .   +   +   +   -   -   -   -   .   -   .
POST   /api/v1/tasks/{task_id}/draft/                 K   .   +   +   +   -   -   -   -   .   -   .
POST   /api/v1/tasks/{task_id}/escalate/              K   .   +   +   +   -   -   -   -   .   -   .
POST   /api/v1/tasks/{task_id}/heartbeat/             K   .   +   +   +   -   -   -   -   .   -   .
POST   /api/v1/tasks/{task_id}/reassign/              K   .   -   -   +   -   -   -   -   .   -   .
POST   /api/v1/tasks/{task_id}/release/               K   .   +   +   +   -   -   -   -   .   -   .
POST   /api/v1/tasks/{task_id}/skip/                  K   .   +   +   +   -   -   -   -   .   -   .

GET    /admin/login/                                  L   -   -   -   -   -   -   -   -   -   L   +
GET    /admin/                                        L   L   L   L   L   L   L   L   L   L   L   +
GET    /healthz                                       +   +   +   +   +   +   +   +   +   +   +   +
GET    /metrics                                       +   +   +   +   +   +   +   +   +   +   +   +
GET    /readyz                                        +   +   +   +   +   +   +   +   +   +   +   +
"""
BODIES = {
    "/api/v1/items/": {"process": "desk", "payload": {"text": "Hello"}},
    "/api/v1/tasks/{task_id}/decide/": {"verdict": "accept"},
    "/api/v1/tasks/{task_id}/skip/": {"reason": "Because."},
    "/api/v1/tasks/{task_id}/escalate/": {"reason": "Because."},
    "/api/v1/tasks/{task_id}/draft/": {"output": {}},
    "/api/v1/tasks/{task_id}/reassign/": {"to": "colleague"},
    "/api/v1/effects/{effect_id}/write-off/": {"reason": "Done by telephone."},
    "/api/v1/decisions/{decision_id}/amend/": {"verdict": "reject", "reason": "No."},
    "/api/v1/gate/{hold_id}/refuse/": {"policy": "desk", "comment": "No."},
    "/api/v1/gate/{hold_id}/release/": {},
    "/api/v1/processes/{slug}/stage/": {"stage": "full"},
    "/api/v1/processes/{slug}/halt/": {"reason": "Because."},
    "/api/v1/approvals/": {"process": "desk", "what": "contract", "reason": "Please."},
    "/api/v1/approvals/{approval_id}/comment/": {"text": "Hm."},
    "/api/v1/approvals/{approval_id}/refuse/": {"digest": "a" * 64, "comment": "No."},
    "/api/v1/approvals/{approval_id}/sign/": {"digest": "a" * 64},
    "/api/v1/approvals/{approval_id}/withdraw/": {"reason": "No."},
    "/api/v1/processes/{slug}/give-back/": {"reason": "It is over."},
}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ANSWERED_BEFORE_ADDRESSES = {"/healthz", "/readyz"}  # by a middleware


def rows():
    """[(method, address, {person: mark})] of the table."""
    lines = [line.split() for line in TABLE.strip().splitlines()[1:] if line]
    return [(line[0], line[1], dict(zip(PEOPLE, line[2:], strict=True))) for line in lines]


def addresses(resolver=None, before=""):
    """Every address of the project with its parameters in braces, the admin's as one."""
    found = set()
    for one in (resolver or get_resolver()).url_patterns:
        text = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(one.pattern))
        if isinstance(one, URLResolver) and text == "admin/":
            found.add("/admin/")
        elif isinstance(one, URLResolver):
            found |= addresses(one, before + text)
        else:
            found.add(f"/{before}{text}" if text else f"/{before}nothing/" if before else "/")
    return found


def governed(process, cast, task, decision):
    """What the addresses of governance name, about an open task and another item's decision."""
    asked = factories.make_request(process)
    access_review = start_access_review(process="desk", actor=cast.compliance_officer)
    return {
        "give_back_id": Run.objects.create(
            process=process,
            actor=cast.lead,
            verb="give_back",
            reason="It is over.",
            hint_at=timezone.now(),
        ).pk,
        "approval_id": asked.pk,
        "evidence_id": asked.evidence.get().pk,
        "delegation_id": factories.make_delegation(
            cast.compliance_officer, factories.make_person("stand-in")
        ).pk,
        "what": "contract",
        **factories.make_incident(process, cast.lead),
        "key_id": issue_key(actor=factories.ACTOR, scopes=OF_PEOPLE, user=cast.operator)[0].pk,
        "producer_key_id": factories.make_key(process, producer="till")[0].pk,
        "review_id": access_review.pk,
        "line_id": access_review.lines.get(person=cast.colleague).pk,
        "hold_id": GateHold.objects.create(
            process=process,
            item=decision.item,
            decision=decision,
            state="waiting",
            due_at=timezone.now(),
            opened_at=timezone.now(),
            hint_at=timezone.now(),
        ).pk,
        "policy": create(
            slug="desk", title="Desk", process=process.pk, text="# Desk", actor=cast.owner
        ).pk,
        **factories.make_erasure(task.item, cast.compliance_officer),
        "version_id": champion("desk").pk,
        "deployment_id": shadowing.begin(
            factories.make_version(process, "d"), share=0.5, daily_limit=10, actor=factories.ACTOR
        ).pk,
        "kind": "markdown",
        "entry_id": Entry.objects.filter(item=task.item_id).earliest("pk").pk,
        "export_id": Export.objects.create(
            process=process, actor="system:tests", requested_at=timezone.now()
        ).pk,
        "report": "inventory",
        "person_id": cast.operator.pk,
        "token": "a-token",
        "factor_id": 1,
        "session_id": uuid7(),
    }


@pytest.fixture
def world(process, cast):
    """What the addresses name; each is put back after every call."""
    task = factories.make_claimed_task(process, cast.colleague)
    failed = factories.make_decision(process, cast.colleague)
    Effect.objects.update(state=Effect.State.FAILED)
    factories.make_task(process)
    return {
        **governed(process, cast, task, failed),
        "item_id": task.item_id,
        "task_id": task.pk,
        "decision_id": failed.pk,
        "effect_id": Effect.objects.get().pk,
        "queue_id": task.queue_id,
        "run_id": Run.objects.create(
            process=process,
            actor=cast.lead,
            verb="accept",
            reason="x",
            query="",
            hint_at=timezone.now(),
        ).pk,
        "notice_id": factories.make_notice(task, cast.operator).pk,
        "view_id": SavedView.objects.create(owner=cast.lead, name="Late", query="due=over").pk,
        "document_id": factories.make_document(task.item).pk,
        "number": 1,
        "size": "screen",
        "process": "desk",
        "slug": "desk",
        "queue": "desk",
    }


@pytest.fixture
def callers(process, cast):
    clients = {name: Client() for name in PEOPLE}
    for name, client in clients.items():
        client.raise_request_exception = True
        if name in factories.ROLES:
            client.force_login(getattr(cast, name))
    _, secret = factories.make_key(process)
    clients["producer"].defaults["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
    clients["admin"].force_login(User.objects.create_superuser("root"))
    return clients


SERVING = ["operator@desk", "senior_reviewer@desk", "team_lead@desk"]


def call(client, method, address, world):
    """The answer to one call; what the call did is undone."""
    options = {}
    if method != "GET" and address.endswith("/bulk/"):
        options = {"data": b"{}", "content_type": "application/x-ndjson"}
    elif method != "GET" and address.startswith("/api/"):
        options = {"data": BODIES.get(address, {}), "content_type": "application/json"}
    if address.endswith("/bulk/"):
        address += "?process=desk"
    if address.endswith("/reveal/"):
        address += "?field=input.text&place=input"
    user = client.session.get("_auth_user_id")
    cookies = copy.deepcopy(client.cookies)
    with transaction.atomic():
        if user and User.objects.filter(pk=user, groups__name__in=SERVING).exists():
            Task.objects.filter(pk=world["task_id"]).update(claimed_by=user)
        response = getattr(client, method.lower())(address.format(**world), **options)
        transaction.set_rollback(True)
    client.cookies = cookies  # also after a logout
    return response


def mark(response):
    """A response as one sign of the table."""
    status = response.status_code
    if status == 422 and b"there is no such process" in response.content:
        return "."
    if status == 302 and "/login/" in response.headers["Location"]:
        return "L"
    if status < 400 or status in {400, 409, 415, 422}:
        return "+"
    return {401: "K", 403: "-", 404: "."}.get(status, str(status))


def test_the_table_names_every_address_and_no_other():
    assert {address for _, address, _ in rows()} == addresses() | ANSWERED_BEFORE_ADDRESSES


@pytest.mark.parametrize("person", PEOPLE)
def test_each_person_may_do_what_the_table_says(person, callers, world):
    found = [
        (method, address, mark(call(callers[person], method, address, world)))
        for method, address, _ in rows()
    ]
    assert found == [(method, address, marks[person]) for method, address, marks in rows()]


def test_what_the_table_does_not_name_is_no_method_of_its_address(callers, world):
    named = {(method, address) for method, address, _ in rows()}
    others = [
        (method, address)
        for address in sorted(addresses() - {"/admin/", "/metrics", "/login/"})
        for method in METHODS
        if (method, address) not in named and not address.endswith("/nothing/")
    ]
    statuses = {
        (method, address): call(callers["lead"], method, address, world).status_code
        for method, address in others
    }
    assert {key: status for key, status in statuses.items() if status != 405} == {}


def admin_addresses(resolver, before):
    for one in resolver.url_patterns:
        text = re.sub(r"<[^>]+>", "1", str(one.pattern)).strip("^$")
        if isinstance(one, URLResolver):
            yield from admin_addresses(one, before + text)
        else:
            yield before + text


def test_only_staff_get_anywhere_in_the_admin(callers, world):
    (admin,) = [one for one in get_resolver().url_patterns if str(one.pattern) == "admin/"]
    open_to_all = {"/admin/login/", "/admin/logout/"}
    tried = [path for path in admin_addresses(admin, "/admin/") if path not in open_to_all]
    assert len(tried) > 20
    for path in tried:
        for person in ("nobody", "outsider", "operator", "lead", "owner", "producer"):
            response = callers[person].get(path)
            assert mark(response) in {"L", "."}, (path, person)
