"""Charges: one row per paid consumption, whatever it was paid for and with."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import CustomerAccount
from ledger.models.books import AMOUNT, LedgerAccount, Transfer
from ledger.models.catalogue import Product, TaxCategory
from ledger.models.orders import Order
from ledger.models.usage import BillLine


class Charge(models.Model):
    """One paid consumption: an order, or a line of a settled bill.

    `customer` is whoever paid. `cash` is the part paid in cash, the only part that can be
    invoiced or refunded; `refunded` is the cash given back.
    """

    customer = models.ForeignKey(
        CustomerAccount, models.PROTECT, related_name="charges", verbose_name=_("customer")
    )
    order = models.OneToOneField(
        Order, models.PROTECT, null=True, related_name="charge", verbose_name=_("order")
    )
    bill_line = models.OneToOneField(
        BillLine, models.PROTECT, null=True, related_name="charge", verbose_name=_("bill line")
    )
    tax_category = models.ForeignKey(TaxCategory, models.PROTECT, verbose_name=_("tax category"))
    product = models.ForeignKey(Product, models.PROTECT, null=True, verbose_name=_("product"))
    amount = models.DecimalField(_("amount"), **AMOUNT)
    cash = models.DecimalField(_("paid in cash"), **AMOUNT)
    refunded = models.DecimalField(_("refunded"), **AMOUNT, default=0)
    currency = models.CharField(_("currency"), max_length=3)
    period = models.CharField(_("month"), max_length=7, help_text="YYYY-MM")
    paid_at = models.DateTimeField(_("paid at"))
    transfer = models.ForeignKey(
        Transfer, models.PROTECT, related_name="charges", verbose_name=_("posted as")
    )

    class Meta:
        verbose_name = _("charge")
        verbose_name_plural = _("charges")
        constraints = [
            models.CheckConstraint(
                condition=Q(order__isnull=False, bill_line=None)
                | Q(order=None, bill_line__isnull=False),
                name="charge_of_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0) & Q(cash__gte=0) & Q(cash__lte=F("amount")),
                name="charge_amounts",
            ),
            models.CheckConstraint(
                condition=Q(refunded__gte=0) & Q(refunded__lte=F("cash")),
                name="charge_refund_within_cash",
            ),
        ]
        indexes = [models.Index(fields=["customer", "-id"], name="charge_newest")]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


class ChargeFunding(models.Model):
    """How much of a charge each fund paid: the parts sum to the charge."""

    charge = models.ForeignKey(
        Charge, models.PROTECT, related_name="funding", verbose_name=_("charge")
    )
    fund = models.CharField(_("fund"), max_length=10, choices=LedgerAccount.Bucket)
    amount = models.DecimalField(_("amount"), **AMOUNT)

    class Meta:
        verbose_name = _("funding of a charge")
        verbose_name_plural = _("funding of charges")
        constraints = [
            models.UniqueConstraint(fields=["charge", "fund"], name="funding_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="funding_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.fund} {self.amount}"


class Refund(models.Model):
    """Cash of a charge given back. Measured on the cash paid; other funds never become cash."""

    class Reason(models.TextChoices):
        REFUND = "refund", _("Refund")
        DOWNGRADE = "downgrade", _("Downgrade")
        FAILED_DELIVERY = "failed_delivery", _("Resources could not be created")

    charge = models.ForeignKey(
        Charge, models.PROTECT, related_name="refunds", verbose_name=_("charge")
    )
    amount = models.DecimalField(_("amount"), **AMOUNT)
    reason = models.CharField(_("reason"), max_length=15, choices=Reason)
    refunded_at = models.DateTimeField(_("refunded at"))
    transfer = models.OneToOneField(Transfer, models.PROTECT, verbose_name=_("posted as"))

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="refund_not_negative")
        ]

    def __str__(self) -> str:
        return f"{self.amount}"
