"""Holds, rules of retention, reveals and keys of processes stay what they were.

A legal hold is lifted, once; a rule of retention never changes; a reveal is written once and ended
once; a key's row is never taken away.
"""

from governance.migrations.squashing import APPEND_ONLY, KEPT, Trigger, guard

FUNCTIONS = """
CREATE FUNCTION governance_check_hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.lifted_at IS NOT NULL OR NEW.lifted_at IS NULL
       OR (NEW.id, NEW.scope, NEW.process_id, NEW.item, NEW.received_from, NEW.received_until,
           NEW.reference, NEW.reason, NEW.set_by_id, NEW.since)
          IS DISTINCT FROM
          (OLD.id, OLD.scope, OLD.process_id, OLD.item, OLD.received_from, OLD.received_until,
           OLD.reference, OLD.reason, OLD.set_by_id, OLD.since)
    THEN
        RAISE EXCEPTION 'a hold does not change; it is lifted, once'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION governance_check_reveal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.item, NEW.process_id, NEW.field, NEW.kind, NEW.person_id,
        NEW.task, NEW.at, NEW.until)
       IS DISTINCT FROM
       (OLD.id, OLD.item, OLD.process_id, OLD.field, OLD.kind, OLD.person_id,
        OLD.task, OLD.at, OLD.until)
       -- The words may name the person: they go when the item is erased.
       OR (NEW.purpose <> OLD.purpose AND NEW.purpose <> 'erased')
       OR (OLD.ended_at IS NOT NULL
           AND (NEW.purpose = OLD.purpose OR NEW.ended_at IS DISTINCT FROM OLD.ended_at))
    THEN
        RAISE EXCEPTION 'a reveal is only ever ended, and once'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION governance_keep_process_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the key of process % opens the values of all its items', OLD.process_id
        USING ERRCODE = 'restrict_violation';
END
$$
"""

TRIGGERS = [
    Trigger(
        "lifted_only",
        "governance_legalhold",
        "BEFORE UPDATE",
        "ROW EXECUTE FUNCTION governance_check_hold()",
    ),
    Trigger("kept", "governance_legalhold", *KEPT),
    Trigger("immutable", "governance_retentionrule", *APPEND_ONLY),
    Trigger(
        "reveal_rules",
        "governance_reveal",
        "BEFORE UPDATE",
        "ROW EXECUTE FUNCTION governance_check_reveal()",
    ),
    Trigger("kept", "governance_reveal", *KEPT),
    Trigger(
        "keep_key",
        "governance_processkey",
        "BEFORE DELETE OR UPDATE OF process_id",
        "ROW EXECUTE FUNCTION governance_keep_process_key()",
    ),
]

PRIVACY = guard(FUNCTIONS, TRIGGERS)
