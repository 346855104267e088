"""The books: double entry, one closed ledger per customer.

Only `ledger.services.posting` writes here; triggers in migration 0002 refuse everything else
(unbalanced or late entries, any update or delete of a transfer or an entry).
"""

from typing import Any

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import CustomerAccount
from ledger.models.catalogue import InvoicingEntity

AMOUNT: dict[str, Any] = {"max_digits": 18, "decimal_places": 2}


class LedgerAccount(models.Model):
    """One pot of one customer in one currency.

    `balance` is the sum of its entries, `version` their count, `chain` the hash of the last and
    `last_date` their latest date. `floor` is the lowest balance allowed (0 for what can be spent,
    null for contra accounts, which mirror the world outside).
    """

    class Bucket(models.TextChoices):
        CASH = "cash", _("Cash")
        VOUCHER = "voucher", _("Vouchers")
        COUPON = "coupon", _("Coupons")
        REBATE = "rebate", _("Rebates")
        GIFT = "gift", _("Gift balance")
        FUNDING = "funding", _("Bank clearing")
        FROZEN = "frozen", _("Frozen for withdrawal")
        GRANTS = "grants", _("Funds expense")
        DEFERRED = "deferred", _("Deferred revenue")
        REVENUE = "revenue", _("Revenue")
        PAYABLE = "payable", _("Payable to marketplace providers")
        WITHDRAWN = "withdrawn", _("Withdrawals paid out")
        MEMBERS = "members", _("Transfers between member accounts")
        ADJUSTMENT = "adjustment", _("Manual adjustments")

    SPENT = (Bucket.DEFERRED, Bucket.REVENUE, Bucket.PAYABLE)  # what charges become
    FUNDS = (Bucket.CASH, Bucket.VOUCHER, Bucket.COUPON, Bucket.REBATE, Bucket.GIFT)

    customer = models.ForeignKey(  # ledger_account_once serves as its index
        CustomerAccount,
        models.PROTECT,
        related_name="ledger_accounts",
        db_index=False,
        verbose_name=_("customer"),
    )
    bucket = models.CharField(_("bucket"), max_length=10, choices=Bucket)
    entity = models.ForeignKey(  # never the way in: an index would only cost postings
        InvoicingEntity,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        verbose_name=_("seller"),
    )
    currency = models.CharField(_("currency"), max_length=3)
    balance = models.DecimalField(_("balance"), **AMOUNT, default=0)
    version = models.BigIntegerField(_("entries"), default=0)
    floor = models.DecimalField(_("floor"), **AMOUNT, null=True)
    chain = models.CharField(max_length=64, blank=True, default="", verbose_name=_("chain"))
    last_date = models.DateField(_("latest date"), null=True)

    class Meta:
        verbose_name = _("ledger account")
        verbose_name_plural = _("ledger accounts")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "bucket", "entity", "currency"],
                name="ledger_account_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(floor=None) | Q(balance__gte=F("floor")), name="balance_above_floor"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}/{self.bucket}/{self.currency}"


class Transfer(models.Model):
    """One movement of money: a set of entries that sum to zero per currency.

    `reference` makes it idempotent: the same reference with the same content (`fingerprint`) is
    the same transfer, with other content it is refused. `effective_at` is when it happened.
    Its customer is the one of its entries, which it always has (triggers in migration 0002).
    """

    class Kind(models.TextChoices):
        RECHARGE = "recharge", _("Recharge")
        GRANT = "grant", _("Grant")
        ORDER = "order", _("Order payment")
        BILL = "bill", _("Bill settlement")
        REFUND = "refund", _("Refund")
        DELIVERY = "delivery", _("Delivery")
        EXPIRY = "expiry", _("Expiry of funds")
        REVERSAL = "reversal", _("Reversal")
        WITHDRAWAL = "withdrawal", _("Withdrawal")
        MEMBERS = "members", _("Transfer between member accounts")
        ADJUSTMENT = "adjustment", _("Manual adjustment")

    customer = models.ForeignKey(  # transfer_reference_once serves as its index
        CustomerAccount,
        models.PROTECT,
        related_name="transfers",
        db_constraint=False,
        db_index=False,
        verbose_name=_("customer"),
    )
    reference = models.CharField(_("reference"), max_length=120)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    fingerprint = models.CharField(max_length=64, verbose_name=_("fingerprint"))
    effective_at = models.DateTimeField(_("effective at"))
    created_at = models.DateTimeField(_("written at"), db_default=Now())
    reverses = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="reversed_by", verbose_name=_("reverses")
    )
    written_by = models.BigIntegerField(
        help_text=_("Database transaction that wrote it: nobody adds an entry later."),
        verbose_name=_("written by"),
    )

    class Meta:
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "reference"], name="transfer_reference_once"
            ),
            models.UniqueConstraint(  # whoever redeems it: a code pays one customer
                fields=["reference"],
                condition=Q(reference__startswith="code:"),
                name="transfer_code_once",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """What people call it: TR- and the row's number."""
        return f"TR-{self.pk:08d}"


class Entry(models.Model):
    """One leg of a transfer: positive adds to the account, negative takes from it.

    That its transfer, account and customer exist and belong together is checked for a whole
    statement at once by the trigger `entries_balanced` (migration 0002), not row by row: none of
    them is ever deleted.
    """

    customer = models.ForeignKey(
        CustomerAccount,
        models.PROTECT,
        related_name="entries",
        db_constraint=False,
        db_index=False,
        verbose_name=_("customer"),
    )
    transfer = models.ForeignKey(
        Transfer,
        models.PROTECT,
        related_name="entries",
        db_constraint=False,
        verbose_name=_("posted as"),
    )
    account = models.ForeignKey(  # entry_version_once serves as its index
        LedgerAccount,
        models.PROTECT,
        related_name="entries",
        db_constraint=False,
        db_index=False,
        verbose_name=_("ledger account"),
    )
    amount = models.DecimalField(_("amount"), **AMOUNT)
    currency = models.CharField(_("currency"), max_length=3)
    balance_after = models.DecimalField(_("balance after"), **AMOUNT)
    version = models.BigIntegerField(_("entry number"))
    local_date = models.DateField(_("date"), help_text=_("In the customer's time zone."))
    chain = models.CharField(
        max_length=64,
        help_text=_("SHA-256 over this entry and the chain of the one before."),
        verbose_name=_("chain"),
    )
    late = models.BooleanField(
        _("late"), db_default=False, help_text=_("Dated before an earlier entry of its account.")
    )

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        constraints = [
            models.UniqueConstraint(fields=["account", "version"], name="entry_version_once"),
            models.CheckConstraint(condition=~Q(amount=0), name="entry_not_zero"),
        ]
        indexes = [  # entries that are not late have dates in the order of their versions
            models.Index(
                fields=["account", "local_date", "version"],
                condition=Q(late=False),
                name="entry_by_date",
            ),
            models.Index(fields=["account", "version"], condition=Q(late=True), name="entry_late"),
            BrinIndex(fields=["local_date"], name="entry_day", autosummarize=True),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


class PeriodLock(models.Model):
    """The books are closed through this local date: nothing is posted on or before it any more.

    Append-only; the latest date counts. A trigger on the entries keeps it.
    """

    locked_through = models.DateField(_("locked through"))
    reason = models.CharField(_("reason"), max_length=200)
    locked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("locked by"),
    )
    locked_at = models.DateTimeField(_("locked at"))

    class Meta:
        verbose_name = _("period lock")
        verbose_name_plural = _("period locks")

    def __str__(self) -> str:
        return f"{self.locked_through}"
