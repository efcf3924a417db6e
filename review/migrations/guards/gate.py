"""Nothing is sent while compliance holds it, and four eyes see it."""

from governance.migrations.squashing import Trigger, guard

FUNCTIONS = """
CREATE FUNCTION review_check_hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.state IN ('checking', 'waiting') THEN
            RAISE EXCEPTION 'a hold is answered, not deleted' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN OLD;
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state NOT IN ('checking', 'waiting') OR NEW.answered_by_id IS NOT NULL THEN
            RAISE EXCEPTION 'a hold begins unanswered' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.process_id, NEW.item_id, NEW.decision_id, NEW.opened_at) IS DISTINCT FROM
       (OLD.id, OLD.process_id, OLD.item_id, OLD.decision_id, OLD.opened_at)
       OR (OLD.state <> 'checking' AND NEW.reasons IS DISTINCT FROM OLD.reasons)
       OR (OLD.answered_by_id IS NOT NULL AND
           (NEW.answered_by_id, NEW.answered_at, NEW.comment, NEW.policy_version_id, NEW.heading)
           IS DISTINCT FROM
           (OLD.answered_by_id, OLD.answered_at, CASE WHEN NEW.comment = 'erased' THEN 'erased' ELSE OLD.comment END, OLD.policy_version_id, OLD.heading))
    THEN
        RAISE EXCEPTION 'what a hold is of, why, and what was answered do not change'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state <> OLD.state AND NOT (
        (OLD.state = 'checking' AND NEW.state IN ('waiting', 'passed', 'withdrawn'))
        OR (OLD.state = 'waiting' AND NEW.state IN ('released', 'refused', 'withdrawn')))
    THEN
        RAISE EXCEPTION 'a hold does not go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.answered_by_id IS NOT NULL AND OLD.answered_by_id IS NULL AND EXISTS (
        SELECT 1 FROM review_decision d
        WHERE d.item_id = NEW.item_id AND d.actor_id = NEW.answered_by_id)
    THEN
        RAISE EXCEPTION 'who decided on an item does not release or refuse its output'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION review_check_sending() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM review_gatehold h
        WHERE h.decision_id = NEW.decision_id AND h.state NOT IN ('passed', 'released'))
    THEN
        RAISE EXCEPTION 'compliance has not released what decision % causes', NEW.decision_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$
"""

TRIGGERS = [
    Trigger(
        "hold_rules",
        "review_gatehold",
        "BEFORE INSERT OR UPDATE OR DELETE",
        "ROW EXECUTE FUNCTION review_check_hold()",
    ),
    Trigger(
        "sent_after_release",
        "review_effect",
        "BEFORE INSERT OR UPDATE OF state",
        "ROW WHEN (NEW.state = 'running' AND NEW.compensates_id IS NULL)"
        " EXECUTE FUNCTION review_check_sending()",
    ),
]

GATE = guard(FUNCTIONS, TRIGGERS)
