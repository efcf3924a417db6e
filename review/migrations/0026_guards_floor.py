"""A model decides alone only above the thresholds: the contract's own, and one that was raised.

Routing asks for the same. Here it holds for whatever code inserts the decision, and for a threshold
that is raised between the look and the write. The candidate must be the item's own.
"""

from importlib import import_module

from django.db import migrations

_before = import_module("review.migrations.0014_automatic_is_approved")

FUNCTION = """
CREATE OR REPLACE FUNCTION review_check_automatic() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    obstacles text[];
    low text;
    is_raised boolean;
BEGIN
    SELECT governance_obstacles(i.process_id, k.version_id, i.contract_id) INTO obstacles
    FROM review_item i
    LEFT JOIN review_candidate c ON c.id = NEW.candidate_id AND c.item_id = NEW.item_id
    LEFT JOIN review_call k ON k.id = c.call_id
    WHERE i.id = NEW.item_id;
    IF obstacles <> '{}' THEN
        RAISE EXCEPTION 'no automatic decision: %', array_to_string(obstacles, ', ')
            USING ERRCODE = 'restrict_violation';
    END IF;
    SELECT b.name, (c.confidence ->> b.name)::float8 >= (b.band ->> 'automatic')::float8
    INTO low, is_raised
    FROM review_item i
    JOIN review_candidate c ON c.id = NEW.candidate_id
    JOIN governance_contract a ON a.id = i.contract_id
    LEFT JOIN governance_thresholdoverride o ON o.process_id = i.process_id AND o.until IS NULL
    CROSS JOIN LATERAL jsonb_each(a.body -> 'confidence') AS b(name, band)
    WHERE i.id = NEW.item_id AND (c.confidence ->> b.name)::float8
          < greatest((b.band ->> 'automatic')::float8, coalesce(o.floor, 0))
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'no automatic decision: % (%)',
            CASE WHEN is_raised THEN 'threshold_raised' ELSE 'field_below_band' END, low
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("review", "0025_guards_notices"),
        ("governance", "0019_incidents"),
    ]

    operations = [
        migrations.RunSQL(
            FUNCTION, _before.FUNCTION.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
        ),
    ]
