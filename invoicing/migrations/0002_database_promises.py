"""What invoices promise, kept by the database itself, even from a shell.

* Applications and invoices only move along the edges of their state machines.
* An issued invoice is frozen: of its columns only `status` moves; nothing is ever deleted.
* Lines, claims and the log of status changes are append-only.
* The head of an invoice is the sum of its lines, and a line is the sum of its claims.
* The tallies of items are kept in the transaction of every change; items are never deleted.
"""

from django.db import migrations

STATUS = """
CREATE TRIGGER status_machine BEFORE INSERT OR UPDATE ON invoicing_invoiceapplication
    FOR EACH ROW EXECUTE FUNCTION refuse_status('pending_approval',
    'pending_approval>approved,pending_approval>rejected,pending_approval>withdrawn,approved>withdrawn,approved>issued');
CREATE TRIGGER status_machine BEFORE INSERT OR UPDATE ON invoicing_invoice
    FOR EACH ROW EXECUTE FUNCTION refuse_status('planned',
    'planned>issued,planned>failed,failed>planned,planned>dropped,failed>dropped');
"""

FROZEN = """
CREATE FUNCTION invoicing_frozen_when_issued() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.number IS NOT NULL AND
       to_jsonb(NEW) - 'status' IS DISTINCT FROM to_jsonb(OLD) - 'status' THEN
        RAISE EXCEPTION 'invoice % is issued: its content is frozen', OLD.number
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER frozen_when_issued BEFORE UPDATE ON invoicing_invoice
    FOR EACH ROW EXECUTE FUNCTION invoicing_frozen_when_issued();
CREATE TRIGGER never_deleted BEFORE DELETE OR TRUNCATE ON invoicing_invoice
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_deleted BEFORE DELETE OR TRUNCATE ON invoicing_invoiceapplication
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON invoicing_invoiceline
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON invoicing_claim
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON invoicing_statuschange
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

SUMS = """
CREATE FUNCTION invoicing_head_is_sum() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sums record;
BEGIN
    SELECT coalesce(sum(net), 0) AS net, coalesce(sum(tax), 0) AS tax INTO sums
    FROM invoicing_invoiceline WHERE invoice_id = NEW.id;
    IF (sums.net, sums.tax) IS DISTINCT FROM (NEW.net, NEW.tax) THEN
        RAISE EXCEPTION 'invoice %: its lines sum to % + %, its head says % + %',
            NEW.id, sums.net, sums.tax, NEW.net, NEW.tax USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER head_is_sum AFTER INSERT ON invoicing_invoice
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION invoicing_head_is_sum();

CREATE FUNCTION invoicing_line_is_sum() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    claimed numeric;
BEGIN
    SELECT coalesce(sum(amount), 0) INTO claimed FROM invoicing_claim WHERE line_id = NEW.id;
    IF claimed <> NEW.gross THEN
        RAISE EXCEPTION 'invoice line %: its claims sum to %, it says %', NEW.id, claimed, NEW.gross
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER line_is_sum AFTER INSERT ON invoicing_invoiceline
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION invoicing_line_is_sum();
"""

SUMMED = [
    "cash",
    "other_funds",
    "refunded",
    "reserved",
    "invoiced",
    "offset_given",
    "offset_received",
]
KEYS = "customer_id, tax_category_id, currency, mode, marketplace"
MOVED = ", ".join(f"sum(sign * {column})" for column in SUMMED)
ADDED = ", ".join(f"{column} = t.{column} + excluded.{column}" for column in SUMMED)
COLUMNS = ", ".join(SUMMED)

TALLY = f"""
CREATE FUNCTION invoicing_tally() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO invoicing_itemtally AS t ({KEYS}, {COLUMNS})
        SELECT {KEYS}, {MOVED} FROM (SELECT *, 1 AS sign FROM new_rows) s
        GROUP BY {KEYS} ORDER BY {KEYS}
        ON CONFLICT ({KEYS}) DO UPDATE SET {ADDED};
    ELSE
        INSERT INTO invoicing_itemtally AS t ({KEYS}, {COLUMNS})
        SELECT {KEYS}, {MOVED} FROM (
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
DROP TRIGGER line_is_sum ON invoicing_invoiceline;
DROP FUNCTION invoicing_line_is_sum();
DROP TRIGGER head_is_sum ON invoicing_invoice;
DROP FUNCTION invoicing_head_is_sum();
DROP TRIGGER append_only ON invoicing_statuschange;
DROP TRIGGER append_only ON invoicing_claim;
DROP TRIGGER append_only ON invoicing_invoiceline;
DROP TRIGGER never_deleted ON invoicing_invoiceapplication;
DROP TRIGGER never_deleted ON invoicing_invoice;
DROP TRIGGER frozen_when_issued ON invoicing_invoice;
DROP FUNCTION invoicing_frozen_when_issued();
DROP TRIGGER status_machine ON invoicing_invoice;
DROP TRIGGER status_machine ON invoicing_invoiceapplication;
"""


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0001_initial"), ("ledger", "0002_database_promises")]
    operations = [migrations.RunSQL(STATUS + FROZEN + SUMS + TALLY, UNDO)]
