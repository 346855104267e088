"""Postpaid: metered usage and the bills it becomes."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition

from accounts.models import CustomerAccount
from ledger.models.amounts import MoneyField
from ledger.models.books import AMOUNT, Transfer
from ledger.models.catalogue import Product, TaxCategory
from ledger.models.orders import MONEY

EXACT: dict[str, Any] = {"max_digits": 50, "decimal_places": 30}


class UsageBatch(models.Model):
    """One imported usage file, known by its content: importing it again changes nothing.

    `sha256` is of the content without line ends of Windows and blank lines at the end. `lines` and `total` are
    those of the file; `changed_lines` and `changed_total` what a newer export of the same source, or what was
    billed before, took from its records since, or added.
    """

    customer = models.ForeignKey(
        CustomerAccount, models.PROTECT, related_name="usage_batches", verbose_name=_("customer")
    )
    name = models.CharField(_("file"), max_length=200)
    sha256 = models.CharField("SHA-256", max_length=64)
    lines = models.PositiveIntegerField(_("lines"))
    total = models.DecimalField(_("total"), **EXACT)
    changed_lines = models.IntegerField(_("lines replaced"), default=0, db_default=0)
    changed_total = models.DecimalField(_("total replaced"), **EXACT, default=0, db_default=0)
    first_export = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("newer export of"),
    )
    currency = models.CharField(_("currency"), max_length=3)
    imported_at = models.DateTimeField(_("imported at"))

    class Meta:
        verbose_name = _("usage file")
        verbose_name_plural = _("usage files")
        constraints = [
            models.UniqueConstraint(fields=["customer", "sha256"], name="usage_batch_once")
        ]

    def __str__(self) -> str:
        return self.name


class UsageSource(models.Model):
    """What a usage export is of: a billing account of an issuer, in a month. A newer export replaces an older one."""

    customer = models.ForeignKey(
        CustomerAccount, models.PROTECT, related_name="usage_sources", verbose_name=_("customer")
    )
    issuer = models.CharField(_("invoice issuer"), max_length=300)
    account = models.CharField(_("billing account"), max_length=300, blank=True)
    month = models.CharField(_("month"), max_length=7, help_text="YYYY-MM")

    class Meta:
        verbose_name = _("usage source")
        verbose_name_plural = _("usage sources")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "issuer", "account", "month"], name="usage_source_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.issuer} {self.account} {self.month}"


class Bill(FSMModelMixin, models.Model):
    """What a customer owes for a period.

    ::

        UNSETTLED --settle--> SETTLED

    A monthly bill collects a month's usage, a daily bill that of one local `day`; a direct bill is raised for
    one charge at once, and starts settled where a batch finds it covered.
    """

    class Kind(models.TextChoices):
        MONTHLY = "monthly", _("Monthly")
        DAILY = "daily", _("Daily")
        DIRECT = "direct", _("Single charge")

    class Status(models.TextChoices):
        UNSETTLED = "unsettled", _("Unsettled")
        SETTLED = "settled", _("Settled")

    STARTS = (Status.SETTLED,)
    number = models.CharField(_("bill number"), max_length=40, unique=True)
    customer = models.ForeignKey(
        CustomerAccount, models.PROTECT, related_name="bills", verbose_name=_("customer")
    )
    kind = models.CharField(_("kind"), max_length=7, choices=Kind, default=Kind.MONTHLY)
    period = models.CharField(_("month"), max_length=7, help_text="YYYY-MM")
    day = models.DateField(_("day"), null=True, help_text=_("Of a daily bill, local."))
    total = MoneyField(_("total"), **MONEY)
    status = FSMField(_("status"), default=Status.UNSETTLED, choices=Status.choices, protected=True)
    generated_at = models.DateTimeField(_("generated at"))
    settled_at = models.DateTimeField(_("settled at"), null=True)
    transfer = models.OneToOneField(
        Transfer, models.PROTECT, null=True, verbose_name=_("posted as")
    )

    class Meta:
        verbose_name = _("bill")
        verbose_name_plural = _("bills")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "period", "currency"],
                condition=Q(kind="monthly"),
                name="bill_once_per_month",
            ),
            models.UniqueConstraint(
                fields=["customer", "day", "currency"], name="bill_once_per_day"
            ),
            models.CheckConstraint(
                condition=Q(kind="daily", day__isnull=False) | ~Q(kind="daily") & Q(day=None),
                name="bill_daily_has_day",
            ),
            models.CheckConstraint(condition=Q(total__gte=0), name="bill_not_negative"),
            models.CheckConstraint(
                condition=Q(status="settled", settled_at__isnull=False)
                | Q(status="unsettled", settled_at=None),
                name="bill_settled_has_time",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-id"], name="bill_newest"),
            models.Index(
                fields=["customer", "generated_at", "id"],
                condition=Q(status="unsettled"),
                name="bill_unsettled",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @transition(field=status, source=Status.UNSETTLED, target=Status.SETTLED)
    def settle(self, *, at: datetime, transfer_id: int | None) -> None:
        self.settled_at, self.transfer_id = at, transfer_id


class BillLine(models.Model):
    """One product's usage on a bill, rounded once.

    `amount = exact usage rounded half up`, `rounding = amount - exact`, `payable = amount - credit`
    (credit: negative usage of the same tax key, spread over its positive lines).
    """

    bill = models.ForeignKey(Bill, models.PROTECT, related_name="lines", verbose_name=_("bill"))
    tax_category = models.ForeignKey(TaxCategory, models.PROTECT, verbose_name=_("tax category"))
    product = models.ForeignKey(Product, models.PROTECT, null=True, verbose_name=_("product"))
    exact = models.DecimalField(_("exact usage"), **EXACT)
    amount = models.DecimalField(_("amount"), **AMOUNT)
    rounding = models.DecimalField(_("rounding"), **EXACT)
    credit = models.DecimalField(_("credit"), **AMOUNT, default=0)
    payable = models.DecimalField(_("payable"), **AMOUNT)

    class Meta:
        verbose_name = _("bill line")
        verbose_name_plural = _("bill lines")
        constraints = [
            models.CheckConstraint(
                condition=Q(amount=F("exact") + F("rounding")), name="bill_line_rounding"
            ),
            models.CheckConstraint(
                condition=Q(payable=F("amount") - F("credit")) & Q(payable__gte=0),
                name="bill_line_payable",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bill_id}: {self.payable}"


class UsageRecord(models.Model):
    """Metered consumption, exact (up to 30 decimals), until a bill rounds it.

    `identity` is what the line of a file is about, the same in every export of its `source`.
    """

    customer = models.ForeignKey(
        CustomerAccount, models.PROTECT, related_name="usage", verbose_name=_("customer")
    )
    tax_category = models.ForeignKey(TaxCategory, models.PROTECT, verbose_name=_("tax category"))
    product = models.ForeignKey(Product, models.PROTECT, null=True, verbose_name=_("product"))
    amount = models.DecimalField(_("amount"), **EXACT)
    currency = models.CharField(_("currency"), max_length=3)
    used_at = models.DateTimeField(_("used at"))
    period = models.CharField(_("billed in"), max_length=7, help_text="YYYY-MM")
    batch = models.ForeignKey(
        UsageBatch, models.PROTECT, null=True, related_name="records", verbose_name=_("file")
    )
    line = models.PositiveIntegerField(_("line of the file"), null=True)
    resource = models.CharField(_("resource"), max_length=300, blank=True)
    source = models.ForeignKey(
        UsageSource, models.PROTECT, null=True, related_name="+", verbose_name=_("usage source")
    )
    identity = models.UUIDField(_("identity of the line"), null=True)
    bill_line = models.ForeignKey(
        BillLine, models.PROTECT, null=True, related_name="usage", verbose_name=_("bill line")
    )

    class Meta:
        verbose_name = _("usage record")
        verbose_name_plural = _("usage records")
        constraints = [
            models.UniqueConstraint(fields=["batch", "line"], name="usage_line_once"),
        ]
        indexes = [
            models.Index(
                fields=["period", "customer"],
                condition=Q(bill_line=None),
                name="usage_unbilled",
            ),
            models.Index(
                fields=["customer"], condition=Q(bill_line=None), name="usage_unbilled_customer"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"
