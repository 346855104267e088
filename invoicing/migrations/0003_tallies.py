"""Sums of items per customer and tax key, kept by the database in the transaction of every change."""

import django.db.models.deletion
from django.db import migrations, models


SUMMED = "cash other_funds refunded reserved invoiced offset_given offset_received".split()
KEYS = "customer_id, tax_category_id, currency, mode, marketplace"
SUMS = ", ".join(f"sum(sign * {column})" for column in SUMMED)
ADDED = ", ".join(f"{column} = t.{column} + excluded.{column}" for column in SUMMED)
COLUMNS = ", ".join(SUMMED)

TALLY = f"""
CREATE FUNCTION invoicing_tally() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO invoicing_itemtally AS t ({KEYS}, {COLUMNS})
        SELECT {KEYS}, {SUMS} FROM (SELECT *, 1 AS sign FROM new_rows) s
        GROUP BY {KEYS} ORDER BY {KEYS}
        ON CONFLICT ({KEYS}) DO UPDATE SET {ADDED};
    ELSE
        INSERT INTO invoicing_itemtally AS t ({KEYS}, {COLUMNS})
        SELECT {KEYS}, {SUMS} FROM (
            SELECT *, 1 AS sign FROM new_rows UNION ALL SELECT *, -1 AS sign FROM old_rows) s
        GROUP BY {KEYS} ORDER BY {KEYS}
        ON CONFLICT ({KEYS}) DO UPDATE SET {ADDED};
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER tally_new AFTER INSERT ON invoicing_invoiceableitem
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION invoicing_tally();
CREATE TRIGGER tally_moved AFTER UPDATE ON invoicing_invoiceableitem
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION invoicing_tally();
CREATE TRIGGER never_deleted BEFORE DELETE OR TRUNCATE ON invoicing_invoiceableitem
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

UNDO = """
DROP TRIGGER never_deleted ON invoicing_invoiceableitem;
DROP TRIGGER tally_moved ON invoicing_invoiceableitem;
DROP TRIGGER tally_new ON invoicing_invoiceableitem;
DROP FUNCTION invoicing_tally();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("invoicing", "0002_database_promises"),
        ("ledger", "0002_database_promises"),
    ]

    operations = [
        migrations.CreateModel(
            name="ItemTally",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("mode", models.CharField(max_length=8, verbose_name="mode")),
                ("marketplace", models.BooleanField(verbose_name="marketplace")),
                (
                    "cash",
                    models.DecimalField(
                        decimal_places=2, max_digits=18, verbose_name="paid in cash"
                    ),
                ),
                (
                    "other_funds",
                    models.DecimalField(
                        decimal_places=2, max_digits=18, verbose_name="paid with other funds"
                    ),
                ),
                (
                    "refunded",
                    models.DecimalField(decimal_places=2, max_digits=18, verbose_name="refunded"),
                ),
                (
                    "reserved",
                    models.DecimalField(
                        decimal_places=2, max_digits=18, verbose_name="applied for"
                    ),
                ),
                (
                    "invoiced",
                    models.DecimalField(decimal_places=2, max_digits=18, verbose_name="invoiced"),
                ),
                (
                    "offset_given",
                    models.DecimalField(
                        decimal_places=2, max_digits=18, verbose_name="offset given"
                    ),
                ),
                (
                    "offset_received",
                    models.DecimalField(
                        decimal_places=2, max_digits=18, verbose_name="offset received"
                    ),
                ),
            ],
            options={
                "verbose_name": "item tally",
                "verbose_name_plural": "item tallies",
            },
        ),
        migrations.RemoveConstraint(
            model_name="invoiceableitem",
            name="item_parts_not_negative",
        ),
        migrations.AddField(
            model_name="invoiceableitem",
            name="other_funds",
            field=models.DecimalField(
                decimal_places=2, default=0, max_digits=18, verbose_name="paid with other funds"
            ),
        ),
        migrations.AddIndex(
            model_name="invoiceableitem",
            index=models.Index(fields=["customer", "available_at"], name="item_maturity"),
        ),
        migrations.AddConstraint(
            model_name="invoiceableitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("cash__gte", 0),
                    ("other_funds__gte", 0),
                    ("refunded__gte", 0),
                    ("reserved__gte", 0),
                    ("invoiced__gte", 0),
                    ("offset_given__gte", 0),
                    ("offset_received__gte", 0),
                ),
                name="item_parts_not_negative",
            ),
        ),
        migrations.AddField(
            model_name="itemtally",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="tallies",
                to="accounts.customeraccount",
            ),
        ),
        migrations.AddField(
            model_name="itemtally",
            name="tax_category",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, to="ledger.taxcategory"
            ),
        ),
        migrations.AddConstraint(
            model_name="itemtally",
            constraint=models.UniqueConstraint(
                fields=("customer", "tax_category", "currency", "mode", "marketplace"),
                name="tally_once",
            ),
        ),
        migrations.RunSQL(TALLY, UNDO),
    ]
