"""What is held is not erased and what is erased stays so: for every role, by any way in.

An erasure locks the item's row FOR UPDATE. What adds rows to an item meanwhile waits for it at the
check below and then sees that the item is erased. The triggers name columns, so that the many
updates of an item that erase nothing do not pay for them.

A seed goes with the content and not before, and is never replaced: either would leave values that
nobody can open. What stops an erasure of the content therefore keeps the seed as well.
"""

from governance.migrations.squashing import Trigger, guard

FUNCTIONS = """
-- The legal hold that keeps an item; null where there is none.
CREATE FUNCTION review_hold_on(i uuid, p text, received timestamptz) RETURNS uuid
LANGUAGE sql STABLE AS $$
    SELECT h.id FROM governance_legalhold h
    WHERE h.lifted_at IS NULL AND (
        (h.scope = 'item' AND h.item = i)
        OR (h.scope = 'process' AND h.process_id = p
            AND received >= coalesce(h.received_from, '-infinity')
            AND received < coalesce(h.received_until, 'infinity'))
        OR (h.scope = 'subject' AND h.digests::text[] <@ (
            SELECT array_agg(encode(k.digest, 'hex')) FROM review_subjectkey k
            WHERE k.item_id = i)))
    ORDER BY h.since LIMIT 1
$$;

CREATE FUNCTION review_guard_item() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF review_hold_on(OLD.id, OLD.process_id, OLD.received_at) IS NOT NULL THEN
            RAISE EXCEPTION 'item % is kept by a legal hold', OLD.id
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN OLD;
    END IF;
    IF (NEW.payload, NEW.salt, NEW.external_id, NEW.content_erased_at, NEW.documents_erased_at,
        NEW.notes_erased_at, NEW.erased_at)
       IS NOT DISTINCT FROM
       (OLD.payload, OLD.salt, OLD.external_id, OLD.content_erased_at, OLD.documents_erased_at,
        OLD.notes_erased_at, OLD.erased_at)
    THEN
        RETURN NEW;
    END IF;
    IF OLD.erased_at IS NOT NULL THEN
        RAISE EXCEPTION 'item % is erased', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF review_hold_on(OLD.id, OLD.process_id, OLD.received_at) IS NOT NULL THEN
        RAISE EXCEPTION 'item % is kept by a legal hold', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION review_guard_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'item % is erased', OLD.id USING ERRCODE = 'restrict_violation';
END
$$;

-- Rows of an item that hold its data: not taken away or overwritten while it is held.
CREATE FUNCTION review_guard_part() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    held uuid;
BEGIN
    SELECT review_hold_on(i.id, i.process_id, i.received_at) INTO held
    FROM review_item i WHERE i.id = OLD.item_id;
    IF held IS NOT NULL THEN
        RAISE EXCEPTION 'item % is kept by a legal hold', OLD.item_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$$;

-- Nothing new comes to an erased item; what is only made from its rows is left out in silence.
CREATE FUNCTION review_refuse_erased() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    gone timestamptz;
    content_gone timestamptz;
BEGIN
    SELECT i.erased_at, i.content_erased_at INTO gone, content_gone
    FROM review_item i WHERE i.id = NEW.item_id FOR KEY SHARE;
    IF TG_ARGV[0] = 'derived' THEN
        IF gone IS NOT NULL OR (TG_TABLE_NAME <> 'review_findable' AND content_gone IS NOT NULL)
        THEN
            RETURN NULL;
        END IF;
    ELSIF gone IS NOT NULL THEN
        RAISE EXCEPTION 'item % is erased', NEW.item_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION review_keep_seed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.seed IS NOT NULL AND NOT (
        NEW.seed IS NULL AND OLD.content_erased_at IS NULL AND NEW.content_erased_at IS NOT NULL)
    THEN
        RAISE EXCEPTION 'item %: its values cannot be opened without its seed', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$
"""

_ERASED = (
    "payload, salt, external_id, content_erased_at, documents_erased_at, notes_erased_at, erased_at"
)
TRIGGERS = [
    Trigger(
        "erasure_guard",
        "review_item",
        f"BEFORE DELETE OR UPDATE OF {_ERASED}",
        "ROW EXECUTE FUNCTION review_guard_item()",
    ),
    Trigger(
        "erased_is_ended",
        "review_item",
        "BEFORE UPDATE OF state",
        "ROW WHEN (OLD.erased_at IS NOT NULL AND NEW.state <> OLD.state)"
        " EXECUTE FUNCTION review_guard_ended()",
    ),
    *(
        Trigger(
            "hold_guard",
            table,
            f"BEFORE DELETE OR UPDATE OF {columns}" if columns else "BEFORE DELETE",
            "ROW EXECUTE FUNCTION review_guard_part()",
        )
        for table, columns in (
            ("review_candidate", "output, raw"),
            ("review_decision", "output, reason"),
            ("review_effect", "body"),
            ("review_document", "name, blob, item_id"),
            ("review_itemkey", ""),
            ("review_note", "text"),
        )
    ),
    *(
        Trigger(
            "refuse_erased",
            table,
            "BEFORE INSERT",
            f"ROW EXECUTE FUNCTION review_refuse_erased({what})",
        )
        for table, what in (
            ("review_candidate", ""),
            ("review_decision", ""),
            ("review_effect", ""),
            ("review_document", ""),
            ("review_itemkey", ""),
            ("review_note", ""),
            ("review_task", ""),
            ("review_duplicatekey", ""),
            ("review_findable", "'derived'"),
            ("review_pastcase", "'derived'"),
            ("review_subjectkey", "'derived'"),
        )
    ),
    Trigger(
        "keep_seed",
        "review_item",
        "BEFORE UPDATE OF seed",
        "ROW WHEN (OLD.seed IS DISTINCT FROM NEW.seed) EXECUTE FUNCTION review_keep_seed()",
    ),
]

ERASURE = guard(FUNCTIONS, TRIGGERS)
