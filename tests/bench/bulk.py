"""The limit for bulk intake: COPY of the same rows into the same tables, nothing else."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import uuid_utils

_ITEM = (
    "COPY review_item (id, process_id, contract_id, producer_id, payload, segment, priority, "
    "due_at, state, salt, received_at, attempts, not_before, hint_at) FROM STDIN"
)
_ENTRY = "COPY governance_entry (id, at, item, process, actor, kind, data, hash) FROM STDIN"
_OUTBOX = "COPY governance_outbox (entry, hash) FROM STDIN"


def copy_items(cursor: Any, constants: Mapping[str, Any], payloads: Sequence[Any]) -> None:
    """Items, their ledger entries and outbox rows; `constants` names process and contract."""
    now = datetime.now(UTC)
    due = now + timedelta(days=1)
    process, contract, producer = (
        constants["process"],
        constants["contract"],
        constants["producer"],
    )
    rows = []
    for payload in payloads:
        text = json.dumps(payload)
        rows.append((str(uuid_utils.uuid7()), str(uuid_utils.uuid7()), text))
    digest = hashlib.sha256(b"bench").digest()
    salt = digest[:16]
    fixed = ("default", 50, due, "received", salt, now, 0, now, now)
    with cursor.copy(_ITEM) as copy:
        for item, _, text in rows:
            copy.write_row((item, process, contract, producer, text, *fixed))
    data = json.dumps({"contract": 1, "segment": "default", "payload": digest.hex()})
    actor = f"producer:{producer}"
    with cursor.copy(_ENTRY) as copy:
        for item, entry, _ in rows:
            copy.write_row((entry, now, item, process, actor, "item.received", data, digest))
    with cursor.copy(_OUTBOX) as copy:
        for _, entry, _ in rows:
            copy.write_row((entry, digest))
