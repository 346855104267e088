"""What invoices promise, kept by the database itself, even from a shell.

* Applications and invoices only move along the edges of their state machines.
* An issued invoice is frozen: its columns stay, but for its way to the customer and what is
  credited of it; nothing is ever deleted.
* Lines, claims, credit notes and the log of status changes are append-only.
* The head of an invoice is the sum of its lines, and a line is the sum of its claims.
* A credit note is the sum of its lines, a line what it releases; an invoice knows what its credit
  notes took back, and no line is credited for more than it is.
* A profile version is immutable once it is scheduled.
* The tallies of items are kept in the transaction of every change; items are never deleted.
"""

from django.db import migrations

STATUS = """
CREATE TRIGGER status_machine BEFORE INSERT OR UPDATE ON invoicing_invoiceapplication
    FOR EACH ROW EXECUTE FUNCTION refuse_status('pending_approval',
    'pending_approval>approved,pending_approval>rejected,pending_approval>withdrawn,approved>withdrawn,approved>issued,'
    'issued>shipped,issued>credited,shipped>credited');
CREATE TRIGGER status_machine BEFORE INSERT OR UPDATE ON invoicing_invoice
    FOR EACH ROW EXECUTE FUNCTION refuse_status('planned',
    'planned>issued,planned>failed,failed>planned,planned>dropped,failed>dropped,issued>shipped,shipped>received,'
    'issued>crediting,shipped>crediting,received>crediting,crediting>credited,'
    'crediting>issued,crediting>shipped,crediting>received');
CREATE TRIGGER status_machine BEFORE INSERT OR UPDATE ON invoicing_creditrequest
    FOR EACH ROW EXECUTE FUNCTION refuse_status('awaiting_original,crediting',
    'awaiting_original>crediting,awaiting_original>refused,awaiting_original>cancelled,'
    'crediting>credited,crediting>refused,crediting>cancelled,crediting>expired');
CREATE TRIGGER status_machine BEFORE INSERT OR UPDATE ON invoicing_titleapplication
    FOR EACH ROW EXECUTE FUNCTION refuse_status('submitted',
    'submitted>approved,submitted>rejected,submitted>deleted,rejected>deleted');
CREATE TRIGGER status_machine BEFORE INSERT OR UPDATE ON invoicing_proforma
    FOR EACH ROW EXECUTE FUNCTION refuse_status('draft', 'draft>confirmed,confirmed>sealed');
CREATE TRIGGER status_machine BEFORE INSERT OR UPDATE ON invoicing_profileversion
    FOR EACH ROW EXECUTE FUNCTION refuse_status('draft',
    'draft>scheduled,scheduled>in_force,draft>dropped,scheduled>dropped');
"""

FROZEN = """
CREATE FUNCTION invoicing_frozen_when_issued() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving text[] := '{status,filed,filing_problem,ship_due_at,tracking_number,shipped_at,received_at,'
        'credited_net,credited_tax,credited_gross}';
BEGIN
    IF OLD.number IS NOT NULL AND
       to_jsonb(NEW) - moving IS DISTINCT FROM to_jsonb(OLD) - moving THEN
        RAISE EXCEPTION 'invoice % is issued: its content is frozen', OLD.number
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF (OLD.shipped_at IS NOT NULL AND (NEW.shipped_at, NEW.tracking_number)
           IS DISTINCT FROM (OLD.shipped_at, OLD.tracking_number))
       OR (OLD.received_at IS NOT NULL AND NEW.received_at IS DISTINCT FROM OLD.received_at)
       OR NEW.credited_gross < OLD.credited_gross THEN
        RAISE EXCEPTION 'invoice %: what was shipped, received or credited stays so', OLD.number
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
CREATE TRIGGER never_deleted BEFORE DELETE OR TRUNCATE ON invoicing_creditnote
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE FUNCTION invoicing_credit_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_jsonb(NEW) - '{filed,filing_problem}'::text[] IS DISTINCT FROM to_jsonb(OLD) - '{filed,filing_problem}'::text[] THEN
        RAISE EXCEPTION 'credit note % is issued: its content is frozen', OLD.number
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER frozen BEFORE UPDATE ON invoicing_creditnote
    FOR EACH ROW EXECUTE FUNCTION invoicing_credit_frozen();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON invoicing_creditnoteline
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON invoicing_release
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_deleted BEFORE DELETE OR TRUNCATE ON invoicing_creditrequest
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_deleted BEFORE DELETE OR TRUNCATE ON invoicing_titleapplication
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_deleted BEFORE DELETE OR TRUNCATE ON invoicing_profileversion
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION invoicing_profile_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving text[] := '{status,in_force_at}';
BEGIN
    IF OLD.status <> 'draft' AND to_jsonb(NEW) - moving IS DISTINCT FROM to_jsonb(OLD) - moving THEN
        RAISE EXCEPTION 'profile % version % is no draft: it is immutable', OLD.code, OLD.version
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER frozen_when_scheduled BEFORE UPDATE ON invoicing_profileversion
    FOR EACH ROW EXECUTE FUNCTION invoicing_profile_frozen();
"""

CREDITS = """
CREATE FUNCTION invoicing_credit_is_sum() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sums record;
    credited record;
BEGIN
    SELECT coalesce(sum(net), 0) AS net, coalesce(sum(tax), 0) AS tax INTO sums
    FROM invoicing_creditnoteline WHERE credit_note_id = NEW.id;
    IF (sums.net, sums.tax) IS DISTINCT FROM (NEW.net, NEW.tax) THEN
        RAISE EXCEPTION 'credit note %: its lines sum to % + %, its head says % + %',
            NEW.id, sums.net, sums.tax, NEW.net, NEW.tax USING ERRCODE = 'check_violation';
    END IF;
    SELECT -sum(n.net) AS net, -sum(n.tax) AS tax INTO sums
    FROM invoicing_creditnote n WHERE n.invoice_id = NEW.invoice_id;
    SELECT credited_net AS net, credited_tax AS tax INTO credited
    FROM invoicing_invoice WHERE id = NEW.invoice_id;
    IF (sums.net, sums.tax) IS DISTINCT FROM (credited.net, credited.tax) THEN
        RAISE EXCEPTION 'invoice %: its credit notes sum to % + %, it says % + %',
            NEW.invoice_id, sums.net, sums.tax, credited.net, credited.tax
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER credit_is_sum AFTER INSERT ON invoicing_creditnote
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION invoicing_credit_is_sum();

CREATE FUNCTION invoicing_credit_line_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    released numeric;
    left_over record;
BEGIN
    SELECT coalesce(sum(amount), 0) INTO released FROM invoicing_release WHERE line_id = NEW.id;
    IF released <> -NEW.gross THEN
        RAISE EXCEPTION 'credit note line %: it releases %, it says %', NEW.id, released, NEW.gross
            USING ERRCODE = 'check_violation';
    END IF;
    SELECT l.net + sum(c.net) AS net, l.tax + sum(c.tax) AS tax INTO left_over
    FROM invoicing_invoiceline l JOIN invoicing_creditnoteline c ON c.line_id = l.id
    WHERE l.id = NEW.line_id GROUP BY l.id;
    IF left_over.net < 0 OR left_over.tax < 0 THEN
        RAISE EXCEPTION 'invoice line % is credited for more than it is', NEW.line_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER line_fits AFTER INSERT ON invoicing_creditnoteline
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION invoicing_credit_line_fits();
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
DROP TRIGGER line_fits ON invoicing_creditnoteline;
DROP FUNCTION invoicing_credit_line_fits();
DROP TRIGGER credit_is_sum ON invoicing_creditnote;
DROP FUNCTION invoicing_credit_is_sum();
DROP TRIGGER frozen_when_scheduled ON invoicing_profileversion;
DROP FUNCTION invoicing_profile_frozen();
DROP TRIGGER never_deleted ON invoicing_profileversion;
DROP TRIGGER never_deleted ON invoicing_titleapplication;
DROP TRIGGER never_deleted ON invoicing_creditrequest;
DROP TRIGGER append_only ON invoicing_release;
DROP TRIGGER append_only ON invoicing_creditnoteline;
DROP TRIGGER frozen ON invoicing_creditnote;
DROP FUNCTION invoicing_credit_frozen();
DROP TRIGGER never_deleted ON invoicing_creditnote;
DROP TRIGGER status_machine ON invoicing_profileversion;
DROP TRIGGER status_machine ON invoicing_proforma;
DROP TRIGGER status_machine ON invoicing_titleapplication;
DROP TRIGGER status_machine ON invoicing_creditrequest;
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
    operations = [migrations.RunSQL(STATUS + FROZEN + CREDITS + SUMS + TALLY, UNDO)]
