"""Reading the books as an accountant does: statements, balances as of a moment, trial balance.

All amounts stay in their own currency; nothing here adds two currencies. Days are local to each
customer, as on the entries. Entries that are not late have dates in the order of their versions:
that is what keeps these reads short, however long the history is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from accounts.models import CustomerAccount
from finance_console.kernel.money import ZERO
from ledger.models import Entry, InvoicingEntity, LedgerAccount

CASH = LedgerAccount.Bucket.CASH
MIDNIGHT = """
LEFT JOIN LATERAL (
    SELECT version, balance_after FROM ledger_entry
    WHERE account_id = a.id AND NOT late AND local_date <= %(day)s
    ORDER BY local_date DESC, version DESC LIMIT 1) newest ON true
LEFT JOIN LATERAL (
    SELECT sum(amount) AS amount FROM ledger_entry
    WHERE account_id = a.id AND late AND local_date <= %(day)s
      AND version > coalesce(newest.version, 0)) after ON true
"""
"""Joins to an account `a` what its balance was when the local day `%(day)s` was over."""

AT_MIDNIGHT = "coalesce(newest.balance_after, 0) + coalesce(after.amount, 0)"

POSTED_BY = """
WITH RECURSIVE search (low, high) AS (
    SELECT 0::bigint, version FROM ledger_ledgeraccount WHERE id = %(account)s
    UNION ALL
    SELECT CASE WHEN t.created_at <= %(at)s THEN middle ELSE low END,
           CASE WHEN t.created_at <= %(at)s THEN high ELSE middle - 1 END
    FROM search CROSS JOIN LATERAL (SELECT (low + high + 1) / 2 AS middle) m
    JOIN ledger_entry e ON e.account_id = %(account)s AND e.version = middle
    JOIN ledger_transfer t ON t.id = e.transfer_id
    WHERE low < high)
SELECT low FROM search WHERE low = high
"""
"""The version of an account at an instant: postings of one account are written one after the other,
so that their times are in the order of their versions, and halving finds the place."""


def fund_account(
    customer: CustomerAccount, bucket: str = CASH, currency: str = ""
) -> LedgerAccount | None:
    """The customer's account for a fund, by default cash in its own currency; None before its first use."""
    return LedgerAccount.objects.filter(
        customer=customer, bucket=bucket, entity=None, currency=currency or customer.currency
    ).first()


def statement(
    account: LedgerAccount | None,
    *,
    first: date | None = None,
    last: date | None = None,
    before: int | None = None,
) -> QuerySet[Entry]:
    """Entries of an account, newest posting first, with the balance after each (`balance_after`).

    `first` and `last` are local days, both inclusive; `before` is the version to continue below.
    """
    if account is None:
        return Entry.objects.none()
    entries = account.entries.select_related("transfer").order_by("-version")
    if before is not None:
        entries = entries.filter(version__lt=before)
    if first is not None:  # what is late and dated from then on follows an entry that is not late
        entries = entries.filter(version__gte=_first_version(account, first))
        entries = entries.filter(Q(late=False) | Q(local_date__gte=first))
    if last is not None:  # the versions bound what is not late: only late entries need a look
        on_time, late = (_last_version(account, last, late=late) for late in (False, True))
        entries = entries.filter(
            Q(late=False, version__lte=on_time) | Q(late=True, local_date__lte=last),
            version__lte=max(on_time, late),
        )
    return entries


def _first_version(account: LedgerAccount, day: date) -> int:
    """No entry before this version is dated on `day` or later."""
    on_time = account.entries.filter(late=False, local_date__gte=day)
    version = on_time.order_by("local_date", "version").values_list("version", flat=True).first()
    return version if version is not None else account.version + 1


def _last_version(account: LedgerAccount, day: date, *, late: bool) -> int:
    """The last version dated on `day` or earlier, among the entries that are `late` or are not."""
    dated = account.entries.filter(local_date__lte=day, late=late)
    order = ("-version",) if late else ("-local_date", "-version")
    return dated.order_by(*order).values_list("version", flat=True).first() or 0


def balance_on(account: LedgerAccount | None, day: date) -> Decimal:
    """The balance when the local `day` was over, by the dates of the entries (inclusive).

    An entry posted later with an earlier date counts on its date.
    """
    if account is None:
        return ZERO
    sql = f"SELECT {AT_MIDNIGHT} FROM ledger_ledgeraccount a {MIDNIGHT} WHERE a.id = %(account)s"  # noqa: S608
    return _value(sql, day=day, account=account.pk)


def balance_at(account: LedgerAccount | None, at: datetime) -> Decimal:
    """What the books said at the instant `at`: everything posted until then, whatever its date."""
    if account is None:
        return ZERO
    version = _value(POSTED_BY, account=account.pk, at=at)
    return balance_after(account, version)


def balance_after(account: LedgerAccount, version: int) -> Decimal:
    """The balance after the account's entry number `version`: one index look-up; 0 before the first."""
    entry = account.entries.filter(version=version).values_list("balance_after", flat=True)
    return entry.first() or ZERO


@dataclass(frozen=True, slots=True)
class TrialRow:
    """One line of the trial balance: a system account of an entity, or the customers' funds.

    Exactly one of `debit` and `credit` is not zero. What we owe (customers' funds, deferred
    revenue) and what we earned is credit; the bank and what we spent is debit.
    """

    currency: str
    entity: InvoicingEntity | None
    bucket: str
    balance: Decimal

    @property
    def words(self) -> str:
        return str(LedgerAccount.Bucket(self.bucket).label)

    @property
    def debit(self) -> Decimal:
        return max(-self.balance, ZERO)

    @property
    def credit(self) -> Decimal:
        return max(self.balance, ZERO)


@dataclass(frozen=True, slots=True)
class TrialBalance:
    """All accounts of one currency, summed over customers. In order, `debit` equals `credit`."""

    currency: str
    rows: Sequence[TrialRow]

    @property
    def debit(self) -> Decimal:
        return sum((row.debit for row in self.rows), ZERO)

    @property
    def credit(self) -> Decimal:
        return sum((row.credit for row in self.rows), ZERO)

    @property
    def difference(self) -> Decimal:
        """0.00, or the books are wrong."""
        return self.credit - self.debit


def trial_balance(day: date | None = None) -> list[TrialBalance]:
    """One trial balance per currency: now, or when the local `day` was over (inclusive).

    Cost grows with the number of accounts, not with the entries.
    """
    joined, value = (MIDNIGHT, AT_MIDNIGHT) if day else ("", "a.balance")
    sql = f"""SELECT a.currency, a.entity_id, a.bucket, sum({value}) FROM ledger_ledgeraccount a
              {joined} GROUP BY 1, 2, 3 ORDER BY 1, 2 NULLS FIRST, 3"""  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, {"day": day})
        balances = cursor.fetchall()
    entities = InvoicingEntity.objects.in_bulk()
    per_currency: dict[str, list[TrialRow]] = {}
    for currency, entity, bucket, balance in balances:
        if balance:
            row = TrialRow(currency, entities.get(entity), bucket, balance)
            per_currency.setdefault(currency, []).append(row)
    return [
        TrialBalance(currency, sorted(rows, key=_place)) for currency, rows in per_currency.items()
    ]


def _place(row: TrialRow) -> tuple[str, int]:
    """The order of the page: our own accounts, then entity by entity, each as the buckets are listed."""
    return row.entity.code if row.entity else "", LedgerAccount.Bucket.values.index(row.bucket)


def bucket_totals(currency: str, day: date) -> dict[str, Decimal]:
    """The sum over all customers of each bucket in `currency` when the local `day` was over."""
    sql = f"""SELECT a.bucket, sum({AT_MIDNIGHT}) FROM ledger_ledgeraccount a {MIDNIGHT}
              WHERE a.currency = %(currency)s GROUP BY 1 ORDER BY 1"""  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, {"day": day, "currency": currency})
        return dict(cursor.fetchall())


def _value(sql: str, **values: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()[0]
