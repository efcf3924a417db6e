"""The ledger is append-only: whoever asks, the record is neither changed nor emptied.

Statement triggers refuse the verb whatever rows it would touch, cover TRUNCATE, and cost nothing
on insert.
"""

from governance.migrations.squashing import APPEND_ONLY, Trigger, guard

FUNCTIONS = """
CREATE FUNCTION governance_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END
$$
"""

TRIGGERS = [
    Trigger("append_only", table, *APPEND_ONLY)
    for table in ("governance_entry", "governance_leaf", "governance_node", "governance_checkpoint")
]

LEDGER = guard(FUNCTIONS, TRIGGERS)
