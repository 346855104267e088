"""What the ledger says of one day beside what bank, payment channel, orders and bills say.

Each question is one statement over the entries of that day (an index on the date finds them).
"""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from finance_console.kernel.money import ZERO

Gap = dict[str, Any]
MOST_NAMED = 20

KINDS: Mapping[str, Promise] = {
    "recharge_without_row": _("Transfers of recharges without a recharge"),
    "bank_differs": _("Recharges that differ from their line on the bank statement"),
    "payment_differs": _("Recharges that differ from their online payment"),
    "bank_line_unmatched": _("Lines of the bank statement that belong to nobody yet"),
    "charge_differs": _("Transfers whose charges differ from the revenue they brought"),
    "refund_without_row": _("Transfers that took revenue back without a refund"),
    "not_conserved": _("Yesterday's total and the movements do not make today's total"),
    "not_zero": _("The books do not sum to zero"),
}

DAY = """day AS MATERIALIZED (
    SELECT e.id, e.transfer_id, e.amount, a.bucket FROM ledger_entry e
    JOIN ledger_ledgeraccount a ON a.id = e.account_id
    WHERE e.local_date = %(day)s AND e.currency = %(currency)s)"""

RECHARGED = """
    SELECT t.id, -d.amount AS ledger, r.id AS recharge, r.amount, r.currency AS recharge_currency,
           b.amount AS bank, b.currency AS bank_currency, p.amount AS paid,
           p.currency AS paid_currency
    FROM day d JOIN ledger_transfer t ON t.id = d.transfer_id AND t.kind = 'recharge'
    LEFT JOIN ledger_recharge r ON r.transfer_id = t.id
    LEFT JOIN ledger_bankline b ON b.recharge_id = r.id
    LEFT JOIN ledger_payment p ON p.recharge_id = r.id
    WHERE d.bucket = 'funding'"""

CHARGED = """
    SELECT t.id, t.kind, sum(d.amount) AS earned, min(c.amount) AS charged
    FROM day d JOIN ledger_transfer t ON t.id = d.transfer_id AND t.kind IN ('order', 'bill')
    LEFT JOIN LATERAL (
        SELECT sum(amount) AS amount FROM ledger_charge WHERE transfer_id = t.id) c ON true
    WHERE d.bucket IN ('deferred', 'revenue', 'payable') GROUP BY t.id"""

GAPS: Mapping[str, str] = {
    "recharge_without_row": f"SELECT id, ledger, 0 FROM ({RECHARGED}) s WHERE recharge IS NULL",
    "bank_differs": f"""SELECT recharge, ledger, bank FROM ({RECHARGED}) s
        WHERE (bank, bank_currency) IS DISTINCT FROM (ledger, %(currency)s) AND bank IS NOT NULL""",
    "payment_differs": f"""SELECT recharge, ledger, paid FROM ({RECHARGED}) s
        WHERE (paid, paid_currency) IS DISTINCT FROM (ledger, %(currency)s) AND paid IS NOT NULL""",
    "bank_line_unmatched": """SELECT id, 0, amount FROM ledger_bankline
        WHERE status = 'unmatched' AND booked_on = %(day)s AND currency = %(currency)s""",
    "charge_differs": f"""SELECT id, earned, coalesce(charged, 0) FROM ({CHARGED}) s
        WHERE earned IS DISTINCT FROM charged""",
    "refund_without_row": """SELECT t.id, sum(d.amount), 0 FROM day d
        JOIN ledger_transfer t ON t.id = d.transfer_id AND t.kind = 'refund'
        WHERE d.bucket IN ('deferred', 'revenue', 'payable')
          AND NOT EXISTS (SELECT 1 FROM ledger_refund r WHERE r.transfer_id = t.id) GROUP BY t.id""",
}


def recharges(day: date, currency: str) -> tuple[Decimal, Decimal]:
    """Recharges of a day: in the ledger, and by bank line, online payment or entered by hand."""
    evidence = "coalesce(bank, paid, amount)"
    ((ledger, elsewhere),) = _rows(
        f"SELECT coalesce(sum(ledger), 0), coalesce(sum({evidence}), 0) FROM ({RECHARGED}) s",
        day,
        currency,
    )
    return ledger, elsewhere


def charges(day: date, currency: str) -> tuple[Decimal, Decimal]:
    """Consumption of a day: by orders and bills, and what came as revenue, deferred or payable."""
    ((charged, earned),) = _rows(
        f"SELECT coalesce(sum(charged), 0), coalesce(sum(earned), 0) FROM ({CHARGED}) s",
        day,
        currency,
    )
    return charged, earned


def movements(day: date, currency: str) -> dict[str, Decimal]:
    """The sum of the entries of a day per bucket."""
    return dict(_rows("SELECT bucket, sum(amount) FROM day GROUP BY 1", day, currency))


def gaps(day: date, currency: str) -> Iterator[Gap]:
    """What differs, kind by kind, with the ids of the rows (the first `MOST_NAMED`)."""
    for kind, sql in GAPS.items():
        rows = _rows(f"{sql} ORDER BY 1", day, currency)
        if rows:
            yield gap(
                kind,
                [row[0] for row in rows],
                ledger=sum((row[1] for row in rows), ZERO),
                other=sum((row[2] for row in rows), ZERO),
            )


def gap(kind: str, ids: list[int], *, ledger: Decimal, other: Decimal, about: str = "") -> Gap:
    """A difference as it is stored: amounts as text, at most `MOST_NAMED` ids and how many there are."""
    return {
        "kind": kind,
        "about": about,
        "ids": ids[:MOST_NAMED],
        "count": len(ids),
        "ledger": f"{ledger:.2f}",
        "other": f"{other:.2f}",
    }


def _rows(sql: str, day: date, currency: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {DAY} {sql}", {"day": day, "currency": currency})
        return cursor.fetchall()
