"""What the books promise, kept by the database itself, even from a shell.

* `ledger_post` writes one transfer, idempotent by reference. It returns the transfer, negative if it
  was there before, 0 if it was there with other content.
* `ledger_post_batch` writes many the same way in one statement.
* Every transfer has at least two entries and sums to zero per currency.
* Nobody adds an entry to a transfer of another database transaction.
* Transfers and entries are append-only; a ledger account never changes hands.
* An entry belongs to the customer and the currency of its account and its transfer.
* Each entry carries a hash over itself and the entry before it of its account, and knows whether
  it is late: dated before an earlier one.
* Nothing is posted on or before the date through which the books are locked.
* What a code, a payment, a bank line, a withdrawal or a recharge became is written once.
* Applied lots, payments, bank lines, withdrawals and adjustments follow their state machines.
"""

from django.db import migrations

CHAIN = """
CREATE FUNCTION ledger_content(
    p_account bigint, p_version bigint, p_transfer bigint, p_amount numeric, p_balance numeric,
    p_currency text, p_date date)
RETURNS text LANGUAGE sql STABLE PARALLEL SAFE RETURN concat_ws(
    '|', p_account, p_version, p_transfer, p_amount::numeric(18,2), p_balance::numeric(18,2),
    p_currency, to_char(p_date, 'YYYY-MM-DD'));
CREATE FUNCTION ledger_link(p_before text, p_content text)
RETURNS text LANGUAGE sql STABLE PARALLEL SAFE RETURN
    encode(sha256(convert_to(p_before || '|' || p_content, 'UTF8')), 'hex');
CREATE FUNCTION ledger_chain(
    p_before text, p_account bigint, p_version bigint, p_transfer bigint, p_amount numeric,
    p_balance numeric, p_currency text, p_date date)
RETURNS text LANGUAGE sql STABLE PARALLEL SAFE RETURN ledger_link(p_before, ledger_content(
    p_account, p_version, p_transfer, p_amount, p_balance, p_currency, p_date));
"""

# Balances change all the time: room on their pages for the next version of a row.
ACCOUNTS = """
ALTER TABLE ledger_ledgeraccount SET (fillfactor = 50);

CREATE FUNCTION ledger_open_accounts(
    p_customers bigint[], p_buckets text[], p_entities bigint[], p_currencies text[])
RETURNS void LANGUAGE sql AS $$
    INSERT INTO ledger_ledgeraccount
        (customer_id, bucket, entity_id, currency, balance, version, floor, chain)
    SELECT k.customer, k.bucket, k.entity, k.currency, 0, 0,
           CASE WHEN k.bucket = 'cash'
                THEN (SELECT -credit_limit FROM accounts_customeraccount WHERE id = k.customer)
                WHEN k.bucket IN ('voucher', 'coupon', 'rebate', 'gift', 'frozen') THEN 0 END, ''
    FROM unnest(p_customers, p_buckets, p_entities, p_currencies)
        AS k (customer, bucket, entity, currency)
    WHERE NOT EXISTS (
        SELECT 1 FROM ledger_ledgeraccount a
        WHERE a.customer_id = k.customer AND a.bucket = k.bucket AND a.currency = k.currency
          AND a.entity_id IS NOT DISTINCT FROM k.entity)
    ON CONFLICT DO NOTHING
$$;
"""

# Few statements, each planned once, that look rows up by index also when the tables were small as
# they were planned (hence the SET). Postings of one customer take turns: whoever posts the same
# reference waits, and finds it posted then. Services hold the customer's lock before they come here.
POST = """
CREATE FUNCTION ledger_post(
    p_customer bigint, p_reference text, p_kind text, p_fingerprint text, p_at timestamptz,
    p_date date, p_currency text, p_buckets text[], p_entities bigint[], p_amounts numeric[],
    p_reverses bigint)
RETURNS bigint LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    waited text := pg_advisory_xact_lock(7301004, hashint8(p_customer))::text;
    legs int := cardinality(p_buckets);
    transfer bigint;
    before bigint;
    known int;
BEGIN
    SELECT (SELECT CASE WHEN fingerprint = p_fingerprint THEN -id ELSE 0 END FROM ledger_transfer
            WHERE customer_id = p_customer AND reference = p_reference),
           (SELECT count(*) FROM unnest(p_buckets, p_entities) AS l (bucket, entity)
            JOIN ledger_ledgeraccount a ON a.customer_id = p_customer AND a.bucket = l.bucket
             AND a.currency = p_currency AND a.entity_id IS NOT DISTINCT FROM l.entity)
    INTO before, known;
    IF before IS NOT NULL THEN
        RETURN before;
    ELSIF known < legs THEN
        PERFORM ledger_open_accounts(array_fill(p_customer, ARRAY[legs]), p_buckets, p_entities,
                                     array_fill(p_currency, ARRAY[legs]));
    END IF;
    transfer := nextval('ledger_transfer_id_seq');
    WITH moved AS (
        UPDATE ledger_ledgeraccount a
        SET balance = a.balance + l.amount, version = a.version + 1,
            chain = ledger_chain(a.chain, a.id, a.version + 1, transfer, l.amount,
                                 a.balance + l.amount, p_currency, p_date),
            last_date = greatest(a.last_date, p_date)
        FROM unnest(p_buckets, p_entities, p_amounts) AS l (bucket, entity, amount)
        WHERE a.customer_id = p_customer AND a.bucket = l.bucket
          AND a.currency = p_currency AND a.entity_id IS NOT DISTINCT FROM l.entity
        RETURNING a.id, l.amount, a.balance, a.version, a.chain, a.last_date),
    written AS (
        INSERT INTO ledger_transfer
            (id, customer_id, reference, kind, fingerprint, effective_at, reverses_id, written_by)
        VALUES (transfer, p_customer, p_reference, p_kind, p_fingerprint, p_at, p_reverses,
                pg_current_xact_id()::text::bigint))
    INSERT INTO ledger_entry (customer_id, transfer_id, account_id, amount, currency,
                              balance_after, version, local_date, chain, late)
    SELECT p_customer, transfer, m.id, m.amount, p_currency, m.balance, m.version, p_date,
           m.chain, p_date < m.last_date
    FROM moved m;
    RETURN transfer;
END $$;
"""

# The same books for many transfers at once: accounts made and locked in one order, then one
# statement. Callers hold the customers' locks and name each (customer, reference) once. Legs name
# their transfer and their account by place.
BATCH = """
CREATE FUNCTION ledger_chain_next(p_state text, p_before text, p_content text)
RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN ledger_link(coalesce(p_state, p_before), p_content);
END $$;
CREATE AGGREGATE ledger_chained(text, text) (SFUNC = ledger_chain_next, STYPE = text);

CREATE FUNCTION ledger_post_batch(
    p_customers bigint[], p_references text[], p_kinds text[], p_fingerprints text[],
    p_ats timestamptz[], p_dates date[],
    p_owners bigint[], p_buckets text[], p_entities bigint[], p_currencies text[],
    p_legs int[], p_accounts int[], p_amounts numeric[])
RETURNS TABLE (transfer_id bigint, stored text, created boolean)
LANGUAGE plpgsql SET plan_cache_mode = force_custom_plan AS $$
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
    PERFORM ledger_open_accounts(p_owners, p_buckets, p_entities, p_currencies);
    PERFORM a.id FROM ledger_ledgeraccount a WHERE a.customer_id = ANY (p_owners)
        ORDER BY a.customer_id, a.bucket COLLATE "C", a.entity_id NULLS FIRST FOR NO KEY UPDATE;
    WITH written AS (
        INSERT INTO ledger_transfer
            (id, customer_id, reference, kind, fingerprint, effective_at, written_by)
        SELECT w.id, w.customer, w.reference, w.kind, w.fingerprint, w.at,
               pg_current_xact_id()::text::bigint
        FROM unnest(ids, p_customers, p_references, p_kinds, p_fingerprints, p_ats) WITH ORDINALITY
            AS w (id, customer, reference, kind, fingerprint, at, n)
        WHERE w.n <> ALL (known_n)),
    account AS MATERIALIZED (
        SELECT k.n, a.* FROM unnest(p_owners, p_buckets, p_entities, p_currencies) WITH ORDINALITY
            AS k (customer, bucket, entity, currency, n)
        JOIN ledger_ledgeraccount a ON a.customer_id = k.customer AND a.bucket = k.bucket
         AND a.currency = k.currency AND a.entity_id IS NOT DISTINCT FROM k.entity),
    leg AS (
        SELECT l.n, l.account AS place, l.amount, ids[l.n] AS transfer, p_dates[l.n] AS day,
               row_number() OVER w AS nth, sum(l.amount) OVER w AS moved,
               max(p_dates[l.n]) OVER w AS latest
        FROM unnest(p_legs, p_accounts, p_amounts) AS l (n, account, amount)
        WHERE l.n <> ALL (known_n) WINDOW w AS (PARTITION BY l.account ORDER BY l.n)),
    running AS (
        SELECT a.id AS account, a.customer_id AS customer, a.currency, a.chain, leg.n, leg.day,
               leg.transfer, leg.amount, a.version + leg.nth AS version,
               a.balance + leg.moved AS balance, greatest(a.last_date, leg.latest) AS last_date
        FROM leg JOIN account a ON a.n = leg.place),
    chained AS MATERIALIZED (
        SELECT r.*, ledger_chained(r.chain, ledger_content(r.account, r.version, r.transfer,
                   r.amount, r.balance, r.currency, r.day))
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

# A transfer is complete with the statement that writes it, and stays balanced if whatever a
# statement adds to it is: so only what was added has to be summed. What an entry names is looked up
# row by row, by the primary key alone: that suits two rows as well as two thousand, whatever the
# tables held when the plan was made.
BALANCED = """
CREATE FUNCTION ledger_entries_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    waited text := pg_advisory_xact_lock_shared(7301002)::text;  -- lock_books waits for postings
    this bigint := pg_current_xact_id()::text::bigint;
    bad bigint;
    day date;
BEGIN
    SELECT transfer_id INTO bad FROM added
    GROUP BY transfer_id, currency HAVING sum(amount) <> 0 OR count(*) < 2;
    IF FOUND THEN
        RAISE EXCEPTION 'transfer % is unbalanced or has one entry', bad
            USING ERRCODE = 'check_violation';
    END IF;
    SELECT e.transfer_id, e.local_date INTO bad, day FROM added e
    WHERE (SELECT t.written_by = this AND t.customer_id = e.customer_id
           FROM ledger_transfer t WHERE t.id = e.transfer_id) IS NOT TRUE
       OR (SELECT a.customer_id = e.customer_id AND a.currency = e.currency
           FROM ledger_ledgeraccount a WHERE a.id = e.account_id) IS NOT TRUE
       OR (SELECT true FROM ledger_periodlock WHERE locked_through >= e.local_date LIMIT 1);
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF EXISTS (SELECT FROM ledger_periodlock WHERE locked_through >= day) THEN
        RAISE EXCEPTION 'the books are locked: nothing is posted on %', day
            USING ERRCODE = 'check_violation', CONSTRAINT = 'period_locked';
    END IF;
    RAISE EXCEPTION 'transfer % is sealed, or an entry is of another customer or currency than its account',
        bad USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER entries_balanced AFTER INSERT ON ledger_entry REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_entries_balanced();

CREATE FUNCTION ledger_transfer_has_entries() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    bare text;
BEGIN
    SELECT reference INTO bare FROM added
    WHERE (SELECT true FROM ledger_entry e WHERE e.transfer_id = added.id LIMIT 1) IS NULL;
    IF FOUND THEN
        RAISE EXCEPTION 'transfer % has no entries', bare USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER transfer_has_entries AFTER INSERT ON ledger_transfer REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_transfer_has_entries();
"""

APPEND_ONLY = """
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
CREATE TRIGGER billed_is_kept BEFORE DELETE ON ledger_usagerecord
    FOR EACH ROW WHEN (OLD.bill_line_id IS NOT NULL) EXECUTE FUNCTION refuse_change();

CREATE FUNCTION ledger_account_identity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.customer_id, NEW.bucket, NEW.entity_id, NEW.currency) IS DISTINCT FROM
       (OLD.id, OLD.customer_id, OLD.bucket, OLD.entity_id, OLD.currency) THEN
        RAISE EXCEPTION 'a ledger account keeps its customer, bucket, entity and currency'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
-- The list of columns costs postings nothing; a WHEN would be read and planned at every update.
CREATE TRIGGER identity BEFORE UPDATE OF id, customer_id, bucket, entity_id, currency
    ON ledger_ledgeraccount FOR EACH ROW
    EXECUTE FUNCTION ledger_account_identity();
"""

# A generic guard for status columns: only the edges of the state machine, only its first state.
STATUS = """
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
    FOR EACH ROW EXECUTE FUNCTION refuse_status('unsettled,settled', 'unsettled>settled');
"""

# What is used once: a second use finds it used, also where no service asked.
ONCE = """
CREATE TRIGGER set_once BEFORE UPDATE ON ledger_activationcode
    FOR EACH ROW EXECUTE FUNCTION refuse_rewrite('lot_id', 'redeemed_at');
CREATE TRIGGER set_once BEFORE UPDATE ON ledger_payment
    FOR EACH ROW EXECUTE FUNCTION refuse_rewrite('recharge_id', 'paid_at');
CREATE TRIGGER set_once BEFORE UPDATE ON ledger_bankline
    FOR EACH ROW EXECUTE FUNCTION refuse_rewrite('recharge_id');
CREATE TRIGGER set_once BEFORE UPDATE ON ledger_withdrawal
    FOR EACH ROW EXECUTE FUNCTION refuse_rewrite('settlement_id', 'finished_at');
CREATE TRIGGER set_once BEFORE UPDATE ON ledger_recharge
    FOR EACH ROW EXECUTE FUNCTION refuse_rewrite('reversed_at');
"""

UNDO = """
DROP TRIGGER set_once ON ledger_activationcode;
DROP TRIGGER set_once ON ledger_payment;
DROP TRIGGER set_once ON ledger_bankline;
DROP TRIGGER set_once ON ledger_withdrawal;
DROP TRIGGER set_once ON ledger_recharge;
DROP TRIGGER status_machine ON ledger_adjustment;
DROP TRIGGER status_machine ON ledger_withdrawal;
DROP TRIGGER status_machine ON ledger_bankline;
DROP TRIGGER status_machine ON ledger_payment;
DROP TRIGGER billed_is_kept ON ledger_usagerecord;
DROP TRIGGER never_deleted ON ledger_lot;
DROP TRIGGER append_only ON ledger_paymentevent;
DROP TRIGGER append_only ON ledger_lotuse;
DROP TRIGGER append_only ON ledger_periodlock;
DROP TRIGGER status_machine ON ledger_order;
DROP TRIGGER status_machine ON ledger_bill;
DROP TRIGGER identity ON ledger_ledgeraccount;
DROP FUNCTION ledger_account_identity();
DROP TRIGGER never_deleted ON ledger_ledgeraccount;
DROP TRIGGER append_only ON ledger_entry;
DROP TRIGGER append_only ON ledger_transfer;
DROP TRIGGER transfer_has_entries ON ledger_transfer;
DROP FUNCTION ledger_transfer_has_entries();
DROP TRIGGER entries_balanced ON ledger_entry;
DROP FUNCTION ledger_entries_balanced();
DROP FUNCTION ledger_post_batch(
    bigint[], text[], text[], text[], timestamptz[], date[], bigint[], text[], bigint[], text[],
    int[], int[], numeric[]);
DROP AGGREGATE ledger_chained(text, text);
DROP FUNCTION ledger_chain_next(text, text, text);
DROP FUNCTION ledger_post(
    bigint, text, text, text, timestamptz, date, text, text[], bigint[], numeric[], bigint);
DROP FUNCTION ledger_open_accounts(bigint[], text[], bigint[], text[]);
ALTER TABLE ledger_ledgeraccount RESET (fillfactor);
DROP FUNCTION ledger_chain(text, bigint, bigint, bigint, numeric, numeric, text, date);
DROP FUNCTION ledger_link(text, text);
DROP FUNCTION ledger_content(bigint, bigint, bigint, numeric, numeric, text, date);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_database_promises"),
        ("ledger", "0001_initial"),
    ]
    operations = [
        migrations.RunSQL(
            CHAIN + ACCOUNTS + POST + BATCH + BALANCED + APPEND_ONLY + STATUS + ONCE, UNDO
        )
    ]
