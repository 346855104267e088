"""Auto-invoicing: accounts per second beside hand-written SQL that writes the same rows.

The limit is one statement a chunk: into our own tables (same constraints, triggers and references),
and into bare copies of them (our columns, keys and indexes; no foreign key, no check, no trigger,
so no tallies, no state machine, no sums proven). Neither decides anything: that nothing is owed, which
title, kind and recipient are right, how it is split and what the remark says is given.
Each account has 10 items a month under two rates, so two documents. `--full`: 100,000 accounts in one run.
"""

import time
from datetime import UTC, datetime

from django.db import connection

from benchmarks.arena import ROUNDS, beside, copy_table, head, rates

ACCOUNTS, ITEMS, CHUNK = 2000, 10, 1000
FULL = 100_000
FIRST = 2024 * 12  # months are counted from January 2024 on
BY_HAND = 100
LIMITS = {"same tables": "> 0.60", "bare copies": "-"}
BARE = "bare_"
COPIED = (
    "invoicing_invoiceableitem",
    "invoicing_invoiceapplication",
    "invoicing_invoice",
    "invoicing_invoiceline",
    "invoicing_claim",
    "invoicing_statuschange",
    "invoicing_autoinvoicingrun",
)

LIMIT = """
WITH picked AS (
    SELECT i.id, i.customer_id, i.tax_category_id, i.cash FROM @invoicing_invoiceableitem i
    WHERE i.customer_id BETWEEN %(low)s AND %(high)s AND i.period = %(period)s AND i.net > 0
    ORDER BY i.id FOR NO KEY UPDATE),
moved AS (
    UPDATE @invoicing_invoiceableitem i SET reserved = i.reserved + p.cash FROM picked p WHERE i.id = p.id),
applied AS (
    INSERT INTO @invoicing_invoiceapplication (customer_id, status, source, method, kind, medium, buyer,
        recipient_email, mailing_address, remarks, model, members, by_member, currency, total, offset_total,
        plan_hash, idempotency_key, fingerprint, profile, profile_version, title_matches, submitted_at,
        auto_review_at, review_due_at, reason)
    SELECT p.customer_id, 'pending_approval', 'automatic', 'month', 'general', 'electronic',
        jsonb_build_object('name', t.name, 'tax_id', t.tax_id, 'bank', t.bank, 'address', t.address),
        e.email, '', %(period)s, 'blank', '{}', false, 'CNY', sum(p.cash), 0,
        '', 'auto:' || %(period)s, '', c.profile, 1, true, now(), now(), now(), ''
    FROM picked p JOIN invoicing_invoicetitle t USING (customer_id)
    JOIN accounts_recipientemail e USING (customer_id) JOIN accounts_customeraccount c ON c.id = customer_id
    GROUP BY p.customer_id, t.id, e.id, c.id
    RETURNING id, customer_id, total),
invoiced AS (
    INSERT INTO @invoicing_invoice (application_id, position, entity_id, kind, medium, rate, why, period, months,
        status, net, tax, gross, currency, snapshot, snapshot_sha256, problem, filing_problem, tracking_number,
        credited_net, credited_tax, credited_gross, filed)
    SELECT a.id, row_number() OVER (PARTITION BY a.id ORDER BY c.rate), c.entity_id, 'general', 'electronic',
        c.rate, 'entity_or_rate', '', ARRAY[%(period)s], 'planned', round(sum(p.cash) / (1 + c.rate), 2),
        sum(p.cash) - round(sum(p.cash) / (1 + c.rate), 2), sum(p.cash), 'CNY', '', '', '', '', '', 0, 0, 0, false
    FROM picked p JOIN applied a USING (customer_id) JOIN ledger_taxcategory c ON c.id = p.tax_category_id
    GROUP BY a.id, c.id
    RETURNING id, application_id, rate, net, tax, gross),
lined AS (
    INSERT INTO @invoicing_invoiceline (invoice_id, position, tax_category_id, tax_code, short_name, content, rate,
        net, tax, gross)
    SELECT v.id, 1, c.id, c.code, c.short_name, c.content, c.rate, v.net, v.tax, v.gross
    FROM invoiced v JOIN ledger_taxcategory c USING (rate)
    RETURNING id, invoice_id, tax_category_id),
claimed AS (
    INSERT INTO @invoicing_claim (line_id, item_id, amount)
    SELECT l.id, p.id, p.cash FROM picked p JOIN applied a USING (customer_id)
    JOIN invoiced v ON v.application_id = a.id
    JOIN lined l ON l.invoice_id = v.id AND l.tax_category_id = p.tax_category_id),
logged AS (
    INSERT INTO @invoicing_statuschange (application_id, before, after, at, reason)
    SELECT id, '', 'pending_approval', now(), '' FROM applied)
INSERT INTO @invoicing_autoinvoicingrun (customer_id, period, result, reason, total, offer, application_id, ran_at)
SELECT customer_id, %(period)s, 'issued', '', total, 0, id, now() FROM applied
"""
"""The month of many accounts in one statement; `@` stands for where the tables are copies."""


def run(*, full: bool = False) -> None:
    """Print the figures."""
    months = 1 if full else 4 * (ROUNDS + 1) + 1
    base = fill(FULL if full else ACCOUNTS, months)
    if full:
        _run_all(base)
        return
    _copy_tables(months)
    head("invoicing a month, accounts per second")
    for clients in (1, 2):
        start = (clients - 1) * 2 * (ROUNDS + 1)
        seen = rates(
            {
                "ours": Ours(start),
                "same tables": Limit(base, start, clients, ""),
                "bare copies": Limit(base, start, clients, BARE),
            },
            clients,
        )
        for limit, target in LIMITS.items():
            beside(f"the run; limit {limit}", clients, seen["ours"], seen[limit], target)
    print(f"{'one application after the other':52}{_by_hand(base, months - 1):10,.0f}")


def month(number: int) -> str:
    """The month of a round."""
    count = FIRST + number
    return f"{count // 12}-{count % 12 + 1:02d}"


def due(number: int) -> datetime:
    """A moment after the run of that month."""
    year, of_year = divmod(FIRST + number + 1, 12)
    return datetime(year, of_year + 1, 6, tzinfo=UTC)


class Ours:
    """The run as the schedule calls it; several workers share the accounts. Every other month."""

    def __init__(self, start: int) -> None:
        self.start = start

    def __call__(self, client: int, number: int) -> int:
        from invoicing.services.auto.running import run_due

        return run_due(at=due(self.start + 2 * number))


class Limit:
    """The same rows by one statement a chunk, of the months between."""

    def __init__(self, base: int, start: int, clients: int, prefix: str) -> None:
        self.base, self.start, self.clients = base, start, clients
        self.sql = LIMIT.replace("@", prefix)

    def __call__(self, client: int, number: int) -> int:
        share = ACCOUNTS // self.clients
        first = self.base + 1 + client * share
        period = month(self.start + 2 * number + 1)
        with connection.cursor() as cursor:
            for low in range(first, first + share, CHUNK):
                high = min(low + CHUNK, first + share) - 1
                bounds = {"low": low, "high": high, "period": period}
                cursor.execute(self.sql, bounds)
        return share


def _copy_tables(months: int) -> None:
    """Bare copies of the tables, with the items of the months that the limits work on."""
    with connection.cursor() as cursor:
        for table in COPIED:
            copy_table(cursor, table, BARE)
        names = ", ".join(f'"{name}"' for name in _columns(cursor, COPIED[0]))
        cursor.execute(
            f"INSERT INTO {BARE}{COPIED[0]} ({names}) SELECT {names} FROM {COPIED[0]}"
            " WHERE period = ANY (%s)",
            [[month(number) for number in range(1, months, 2)]],
        )
        cursor.execute("ANALYZE")


def _columns(cursor, table: str) -> list[str]:  # type: ignore[no-untyped-def]
    """The columns of `table` that are written."""
    cursor.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
        " AND is_generated = 'NEVER'",
        [table],
    )
    return [name for (name,) in cursor.fetchall()]


def _by_hand(base: int, number: int) -> float:
    """`submit` for one account after the other, per second."""
    from accounts.models import CustomerAccount
    from invoicing.services.asking.applying import submit
    from invoicing.services.asking.terms import Ask

    customers = list(CustomerAccount.objects.filter(pk__gt=base).order_by("pk")[:BY_HAND])
    started = time.perf_counter()
    for customer in customers:
        submit(
            customer=customer,
            ask=Ask(method="month", months=(month(number),)),
            at=due(number),
            actor=None,
            idempotency_key=f"hand:{number}",
        )
    return BY_HAND / (time.perf_counter() - started)


def _run_all(base: int) -> None:
    """Everybody in one run, and that it is all there afterwards."""
    from invoicing.models import AutoInvoicingRun, Claim
    from invoicing.services.auto.running import run_due

    started = time.perf_counter()
    done = run_due(at=due(0))
    seconds = time.perf_counter() - started
    issued = AutoInvoicingRun.objects.filter(result="issued").count()
    print(f"{done} accounts in {seconds:.1f} s: {done / seconds:.0f} per second")
    print(f"{issued} applications, {Claim.objects.count()} claims")
    started = time.perf_counter()
    assert run_due(at=due(0)) == 0
    print(f"a tick with nothing left to do: {time.perf_counter() - started:.2f} s")


def fill(accounts: int, months: int) -> int:
    """So many accounts with items in each month, set-based; the id below the first account's."""
    from invoicing.models import AutoInvoicing
    from tests.builders import make_key, make_story

    story = make_story()
    story.recharge("10.00", "2023-12-01 09:00")
    story.order("10.00", "2023-12-01 10:00")
    AutoInvoicing.objects.create(
        customer=story.customer,
        enabled=True,
        first_period="2999-01",
        title=story.title,
        kind="general",
        medium="electronic",
        changed_at=datetime(2023, 12, 1, tzinfo=UTC),
    )
    other = make_key(story.key.entity, "0.13", "1090512010000000000", "hardware")
    base = 1_000_000
    own = {"id": f"{base} + g", "customer_id": f"{base} + g"}
    k = "(g - 1)"  # items are numbered account by account, month by month
    at = f"make_timestamptz(2024, 1, 9, 9, 0, 0, 'UTC') + {k} / {ITEMS} %% {months} * interval '1 month'"
    clones = {
        "accounts_customeraccount": {"id": f"{base} + g", "code": "'B' || g"},
        "accounts_certification": own,
        "accounts_recipientemail": own,
        "invoicing_invoicetitle": own,
        "invoicing_autoinvoicing": own | {"title_id": f"{base} + g", "first_period": "'2024-01'"},
        "invoicing_invoiceableitem": {
            "id": f"{base} + g",
            "charge_id": "-g",
            "customer_id": f"{base} + 1 + {k} / {ITEMS * months}",
            "period": f"to_char(({at}) AT TIME ZONE 'UTC', 'YYYY-MM')",
            "paid_at": at,
            "available_at": at,
            "source": "'ORD-' || g",
            "cash": "10 + g %% 900",
            "tax_category_id": f"CASE g %% 2 WHEN 0 THEN {story.key.pk} ELSE {other.pk} END",
        },
    }
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for table, changes in clones.items():
            count = accounts * ITEMS * months if table.endswith("item") else accounts
            cursor.execute(_clone(cursor, table, changes), {"count": count})
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("ANALYZE")
    return base


def _clone(cursor, table: str, changes: dict[str, str]) -> str:  # type: ignore[no-untyped-def]
    """SQL that copies the oldest row of `table` `count` times with `changes`."""
    columns = _columns(cursor, table)
    values = ", ".join(changes.get(name, f'"{name}"') for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    return (
        f"INSERT INTO {table} ({names}) SELECT {values} FROM"
        f" (SELECT * FROM {table} ORDER BY id LIMIT 1) m, generate_series(1, %(count)s) g"
    )
