"""What the books promise, kept by the database itself, even from a shell.

* `ledger_post` writes one transfer: idempotent by reference, accounts locked in key order.
* `ledger_post_batch` writes many the same way in one statement.
* Every transfer has at least two entries and sums to zero per currency.
* Nobody adds an entry to a transfer of another database transaction.
* Transfers and entries are append-only; a ledger account never changes hands.
* An entry belongs to the customer and the currency of its account and its transfer.
* Each entry carries a hash over itself and the entry before it of its account, and knows whether
  it is late: dated before an earlier one.
* Nothing is posted on or before the date through which the books are locked.
* Applied lots, payments, bank lines, withdrawals and adjustments follow their state machines.
"""

from django.db import migrations

CHAIN = """
CREATE FUNCTION ledger_chain(
    p_before text, p_account bigint, p_version bigint, p_transfer bigint, p_amount numeric,
    p_balance numeric, p_currency text, p_date date)
RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN encode(sha256(convert_to(concat_ws('|', p_before, p_account, p_version, p_transfer,
        p_amount::numeric(18,2), p_balance::numeric(18,2), p_currency,
        to_char(p_date, 'YYYY-MM-DD')), 'UTF8')), 'hex');
END $$;
"""

POST = """
CREATE FUNCTION ledger_post(
    p_customer bigint, p_reference text, p_kind text, p_fingerprint text, p_at timestamptz,
    p_date date, p_currency text, p_buckets text[], p_entities bigint[], p_amounts numeric[],
    p_reverses bigint)
RETURNS TABLE (transfer_id bigint, stored text, created boolean) LANGUAGE plpgsql AS $$
DECLARE
    t bigint;
BEGIN
    INSERT INTO ledger_transfer
        (customer_id, reference, kind, fingerprint, effective_at, reverses_id, written_by)
    VALUES (p_customer, p_reference, p_kind, p_fingerprint, p_at, p_reverses,
            pg_current_xact_id()::text::bigint)
    ON CONFLICT (customer_id, reference) DO NOTHING RETURNING id INTO t;
    IF t IS NULL THEN
        RETURN QUERY SELECT id, fingerprint::text, false FROM ledger_transfer
            WHERE customer_id = p_customer AND reference = p_reference;
        RETURN;
    END IF;
    INSERT INTO ledger_ledgeraccount
        (customer_id, bucket, entity_id, currency, balance, version, floor, chain)
    SELECT p_customer, leg.bucket, leg.entity, p_currency, 0, 0,
           CASE WHEN leg.bucket = 'cash'
                THEN (SELECT -credit_limit FROM accounts_customeraccount WHERE id = p_customer)
                WHEN leg.bucket IN ('voucher', 'coupon', 'rebate', 'gift', 'frozen') THEN 0 END, ''
    FROM unnest(p_buckets, p_entities) AS leg (bucket, entity)
    WHERE NOT EXISTS (
        SELECT 1 FROM ledger_ledgeraccount a
        WHERE a.customer_id = p_customer AND a.bucket = leg.bucket AND a.currency = p_currency
          AND a.entity_id IS NOT DISTINCT FROM leg.entity)
    ON CONFLICT DO NOTHING;
    PERFORM a.id FROM ledger_ledgeraccount a
        JOIN unnest(p_buckets, p_entities) AS leg (bucket, entity)
          ON a.bucket = leg.bucket AND a.entity_id IS NOT DISTINCT FROM leg.entity
        WHERE a.customer_id = p_customer AND a.currency = p_currency
        ORDER BY a.id FOR NO KEY UPDATE OF a;
    WITH moved AS (
        UPDATE ledger_ledgeraccount a SET balance = a.balance + leg.amount, version = a.version + 1,
            chain = ledger_chain(a.chain, a.id, a.version + 1, t, leg.amount, a.balance + leg.amount,
                                 p_currency, p_date),
            last_date = greatest(a.last_date, p_date)
        FROM unnest(p_buckets, p_entities, p_amounts) AS leg (bucket, entity, amount)
        WHERE a.customer_id = p_customer AND a.currency = p_currency
          AND a.bucket = leg.bucket AND a.entity_id IS NOT DISTINCT FROM leg.entity
        RETURNING a.id, a.balance, a.version, a.chain, a.last_date, leg.amount)
    INSERT INTO ledger_entry (customer_id, transfer_id, account_id, amount, currency,
                              balance_after, version, local_date, chain, late)
    SELECT p_customer, t, moved.id, moved.amount, p_currency, moved.balance, moved.version, p_date,
           moved.chain, p_date < moved.last_date
    FROM moved ORDER BY moved.id;
    RETURN QUERY SELECT t, p_fingerprint, true;
END $$;
"""

# The same books for many transfers at once: accounts made and locked in key order, then one
# statement. Callers hold the customers' locks and name each (customer, reference) once.
BATCH = """
CREATE FUNCTION ledger_chain_next(
    p_state text, p_before text, p_account bigint, p_version bigint, p_transfer bigint,
    p_amount numeric, p_balance numeric, p_currency text, p_date date)
RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN ledger_chain(coalesce(p_state, p_before), p_account, p_version, p_transfer, p_amount,
                        p_balance, p_currency, p_date);
END $$;
CREATE AGGREGATE ledger_chained(text, bigint, bigint, bigint, numeric, numeric, text, date)
    (SFUNC = ledger_chain_next, STYPE = text);

CREATE FUNCTION ledger_post_batch(
    p_customers bigint[], p_references text[], p_kinds text[], p_fingerprints text[],
    p_ats timestamptz[], p_dates date[], p_legs int[], p_buckets text[], p_entities bigint[],
    p_amounts numeric[], p_currencies text[])
RETURNS TABLE (transfer_id bigint, stored text, created boolean) LANGUAGE plpgsql AS $$
DECLARE
    known_n int[];
    known_id bigint[];
    known_print text[];
    ids bigint[];
BEGIN
    SELECT coalesce(array_agg(w.n), '{}'), array_agg(t.id), array_agg(t.fingerprint)
    INTO known_n, known_id, known_print
    FROM unnest(p_customers, p_references) WITH ORDINALITY AS w (customer, reference, n)
    JOIN ledger_transfer t ON t.customer_id = w.customer AND t.reference = w.reference;
    ids := ARRAY(SELECT nextval(pg_get_serial_sequence('ledger_transfer', 'id'))
                 FROM generate_series(1, cardinality(p_customers)));
    INSERT INTO ledger_transfer
        (id, customer_id, reference, kind, fingerprint, effective_at, written_by)
    SELECT w.id, w.customer, w.reference, w.kind, w.fingerprint, w.at,
           pg_current_xact_id()::text::bigint
    FROM unnest(ids, p_customers, p_references, p_kinds, p_fingerprints, p_ats) WITH ORDINALITY
        AS w (id, customer, reference, kind, fingerprint, at, n)
    WHERE w.n <> ALL (known_n);
    INSERT INTO ledger_ledgeraccount
        (customer_id, bucket, entity_id, currency, balance, version, floor, chain)
    SELECT leg.customer, leg.bucket, leg.entity, leg.currency, 0, 0,
           CASE WHEN leg.bucket = 'cash'
                THEN (SELECT -credit_limit FROM accounts_customeraccount WHERE id = leg.customer)
                WHEN leg.bucket IN ('voucher', 'coupon', 'rebate', 'gift', 'frozen') THEN 0 END, ''
    FROM (SELECT DISTINCT p_customers[l.n] AS customer, l.bucket, l.entity, l.currency
          FROM unnest(p_legs, p_buckets, p_entities, p_currencies)
              AS l (n, bucket, entity, currency)) AS leg
    WHERE NOT EXISTS (
        SELECT 1 FROM ledger_ledgeraccount a
        WHERE a.customer_id = leg.customer AND a.bucket = leg.bucket
          AND a.currency = leg.currency AND a.entity_id IS NOT DISTINCT FROM leg.entity)
    ON CONFLICT DO NOTHING;
    PERFORM a.id FROM ledger_ledgeraccount a WHERE a.customer_id = ANY (p_customers)
        ORDER BY a.id FOR NO KEY UPDATE;
    WITH leg AS (
        SELECT l.n, ids[l.n] AS transfer, p_customers[l.n] AS customer, p_dates[l.n] AS day,
               a.id AS account, a.currency, a.chain, a.balance, a.version, a.last_date, l.amount
        FROM unnest(p_legs, p_buckets, p_entities, p_amounts, p_currencies)
            AS l (n, bucket, entity, amount, currency)
        JOIN ledger_ledgeraccount a ON a.customer_id = p_customers[l.n] AND a.bucket = l.bucket
         AND a.currency = l.currency AND a.entity_id IS NOT DISTINCT FROM l.entity
        WHERE l.n <> ALL (known_n)),
    running AS (
        SELECT leg.n, leg.transfer, leg.customer, leg.day, leg.account, leg.currency, leg.chain,
               leg.amount, leg.version + row_number() OVER w AS version,
               leg.balance + sum(leg.amount) OVER w AS balance,
               greatest(leg.last_date, max(leg.day) OVER w) AS last_date
        FROM leg WINDOW w AS (PARTITION BY leg.account ORDER BY leg.n)),
    chained AS MATERIALIZED (
        SELECT r.*, ledger_chained(r.chain, r.account, r.version, r.transfer, r.amount, r.balance,
                                   r.currency, r.day)
               OVER (PARTITION BY r.account ORDER BY r.version) AS link
        FROM running r),
    moved AS (
        UPDATE ledger_ledgeraccount a
        SET balance = c.balance, version = c.version, chain = c.link, last_date = c.last_date
        FROM (SELECT DISTINCT ON (account) * FROM chained ORDER BY account, version DESC) c
        WHERE a.id = c.account)
    INSERT INTO ledger_entry (customer_id, transfer_id, account_id, amount, currency,
                              balance_after, version, local_date, chain, late)
    SELECT c.customer, c.transfer, c.account, c.amount, c.currency, c.balance, c.version, c.day,
           c.link, c.day < c.last_date
    FROM chained c ORDER BY c.n, c.account;
    RETURN QUERY SELECT coalesce(k.id, w.id), coalesce(k.print, w.print), k.id IS NULL
        FROM unnest(ids, p_fingerprints) WITH ORDINALITY AS w (id, print, n)
        LEFT JOIN unnest(known_n, known_id, known_print) AS k (n, id, print) ON k.n = w.n
        ORDER BY w.n;
END $$;
"""

BALANCED = """
CREATE FUNCTION ledger_entries_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    bad text;
BEGIN
    SELECT t.reference INTO bad
    FROM (SELECT DISTINCT transfer_id FROM added) touched
    JOIN ledger_transfer t ON t.id = touched.transfer_id
    JOIN ledger_entry e ON e.transfer_id = t.id
    GROUP BY t.id, t.reference, t.written_by, e.currency
    HAVING sum(e.amount) <> 0 OR count(*) < 2
        OR t.written_by <> pg_current_xact_id()::text::bigint LIMIT 1;
    IF bad IS NOT NULL THEN
        RAISE EXCEPTION 'transfer % is unbalanced, has one entry, or is already sealed', bad
            USING ERRCODE = 'check_violation';
    END IF;
    SELECT e.id::text INTO bad
    FROM added e JOIN ledger_ledgeraccount a ON a.id = e.account_id
    JOIN ledger_transfer t ON t.id = e.transfer_id
    WHERE a.currency <> e.currency OR a.customer_id <> e.customer_id OR t.customer_id <> e.customer_id
    LIMIT 1;
    IF bad IS NOT NULL THEN
        RAISE EXCEPTION 'entry % is of another customer or currency than its account', bad
            USING ERRCODE = 'check_violation';
    END IF;
    PERFORM pg_advisory_xact_lock_shared(7301002);  -- lock_books waits for postings under way
    SELECT e.local_date::text INTO bad FROM added e
    WHERE e.local_date <= (SELECT max(locked_through) FROM ledger_periodlock) LIMIT 1;
    IF bad IS NOT NULL THEN
        RAISE EXCEPTION 'the books are locked: nothing is posted on %', bad
            USING ERRCODE = 'check_violation', CONSTRAINT = 'period_locked';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER entries_balanced AFTER INSERT ON ledger_entry REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_entries_balanced();

CREATE FUNCTION ledger_transfer_has_entries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM ledger_entry WHERE transfer_id = NEW.id) THEN
        RAISE EXCEPTION 'transfer % has no entries', NEW.reference USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER transfer_has_entries AFTER INSERT ON ledger_transfer
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_transfer_has_entries();
"""

APPEND_ONLY = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_transfer
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_periodlock
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_lotuse
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_paymentevent
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_deleted BEFORE DELETE OR TRUNCATE ON ledger_lot
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_deleted BEFORE DELETE OR TRUNCATE ON ledger_ledgeraccount
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION ledger_account_identity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.customer_id, NEW.bucket, NEW.currency) IS DISTINCT FROM
       (OLD.id, OLD.customer_id, OLD.bucket, OLD.currency)
       OR NEW.entity_id IS DISTINCT FROM OLD.entity_id THEN
        RAISE EXCEPTION 'a ledger account keeps its customer, bucket, entity and currency'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER identity BEFORE UPDATE ON ledger_ledgeraccount
    FOR EACH ROW EXECUTE FUNCTION ledger_account_identity();
"""

# A generic guard for status columns: only the edges of the state machine, only its first state.
STATUS = """
CREATE FUNCTION refuse_status() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NOT NEW.status = ANY (string_to_array(TG_ARGV[0], ',')) THEN
            RAISE EXCEPTION '% cannot start as %', TG_TABLE_NAME, NEW.status
                USING ERRCODE = 'check_violation';
        END IF;
    ELSIF NEW.status <> OLD.status
        AND NOT (OLD.status || '>' || NEW.status) = ANY (string_to_array(TG_ARGV[1], ',')) THEN
        RAISE EXCEPTION '% cannot go from % to %', TG_TABLE_NAME, OLD.status, NEW.status
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER status_machine BEFORE INSERT OR UPDATE ON ledger_order
    FOR EACH ROW EXECUTE FUNCTION refuse_status('paid', 'paid>delivered,paid>failed,delivered>unsubscribed');
CREATE TRIGGER status_machine BEFORE INSERT OR UPDATE ON ledger_payment
    FOR EACH ROW EXECUTE FUNCTION refuse_status('created',
    'created>paid,failed>paid,expired>paid,created>failed,created>expired');
CREATE TRIGGER status_machine BEFORE INSERT OR UPDATE ON ledger_bankline
    FOR EACH ROW EXECUTE FUNCTION refuse_status('unmatched', 'unmatched>matched,unmatched>ignored,matched>unmatched');
CREATE TRIGGER status_machine BEFORE INSERT OR UPDATE ON ledger_withdrawal
    FOR EACH ROW EXECUTE FUNCTION refuse_status('requested',
    'requested>reviewing,reviewing>paid,reviewing>failed,requested>rejected,reviewing>rejected');
CREATE TRIGGER status_machine BEFORE INSERT OR UPDATE ON ledger_adjustment
    FOR EACH ROW EXECUTE FUNCTION refuse_status('requested', 'requested>posted,requested>rejected');
CREATE TRIGGER status_machine BEFORE INSERT OR UPDATE ON ledger_bill
    FOR EACH ROW EXECUTE FUNCTION refuse_status('unsettled', 'unsettled>settled');
"""

UNDO = """
DROP TRIGGER status_machine ON ledger_adjustment;
DROP TRIGGER status_machine ON ledger_withdrawal;
DROP TRIGGER status_machine ON ledger_bankline;
DROP TRIGGER status_machine ON ledger_payment;
DROP TRIGGER never_deleted ON ledger_lot;
DROP TRIGGER append_only ON ledger_paymentevent;
DROP TRIGGER append_only ON ledger_lotuse;
DROP TRIGGER append_only ON ledger_periodlock;
DROP TRIGGER status_machine ON ledger_order;
DROP TRIGGER status_machine ON ledger_bill;
DROP FUNCTION refuse_status();
DROP TRIGGER identity ON ledger_ledgeraccount;
DROP FUNCTION ledger_account_identity();
DROP TRIGGER never_deleted ON ledger_ledgeraccount;
DROP TRIGGER append_only ON ledger_entry;
DROP TRIGGER append_only ON ledger_transfer;
DROP FUNCTION refuse_change();
DROP TRIGGER transfer_has_entries ON ledger_transfer;
DROP FUNCTION ledger_transfer_has_entries();
DROP TRIGGER entries_balanced ON ledger_entry;
DROP FUNCTION ledger_entries_balanced();
DROP FUNCTION ledger_post_batch(
    bigint[], text[], text[], text[], timestamptz[], date[], int[], text[], bigint[], numeric[],
    text[]);
DROP AGGREGATE ledger_chained(text, bigint, bigint, bigint, numeric, numeric, text, date);
DROP FUNCTION ledger_chain_next(
    text, text, bigint, bigint, bigint, numeric, numeric, text, date);
DROP FUNCTION ledger_post(
    bigint, text, text, text, timestamptz, date, text, text[], bigint[], numeric[], bigint);
DROP FUNCTION ledger_chain(text, bigint, bigint, bigint, numeric, numeric, text, date);
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [migrations.RunSQL(CHAIN + POST + BATCH + BALANCED + APPEND_ONLY + STATUS, UNDO)]
