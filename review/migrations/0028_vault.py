"""What an item's labelled values are encrypted with. A seed goes with the content and not before, and
is never replaced: either would leave values that nobody can open.

What stops an erasure of the content (a legal hold) therefore keeps the seed as well.
"""

from django.db import migrations, models
from django.db.models import Q

GUARD = """
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
$$;
CREATE TRIGGER keep_seed BEFORE UPDATE OF seed ON review_item FOR EACH ROW
WHEN (OLD.seed IS DISTINCT FROM NEW.seed) EXECUTE FUNCTION review_keep_seed();
ALTER TABLE review_item ENABLE ALWAYS TRIGGER keep_seed
"""
UNGUARD = """
DROP TRIGGER keep_seed ON review_item;
DROP FUNCTION review_keep_seed()
"""


class Migration(migrations.Migration):
    dependencies = [
        ("review", "0027_keys_notice_kinds"),
        ("governance", "0024_vault"),
    ]

    operations = [
        migrations.AddField(
            model_name="item",
            name="seed",
            field=models.BinaryField(max_length=16, null=True),
        ),
        migrations.AddConstraint(
            model_name="item",
            constraint=models.CheckConstraint(
                name="erased_content_has_no_seed",
                condition=Q(content_erased_at__isnull=True) | Q(seed__isnull=True),
            ),
        ),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
