"""Money coming in, and prepaid orders."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition

from accounts.models import CustomerAccount
from finance_console.kernel.money import CURRENCIES
from ledger.models.amounts import MoneyField
from ledger.models.books import AMOUNT, Transfer
from ledger.models.catalogue import Product, TaxCategory

MONEY: dict[str, Any] = {
    **AMOUNT,
    "currency_field_name": "currency",
    "default_currency": "CNY",
    "currency_choices": [(code, code) for code in CURRENCIES],
}


class Recharge(models.Model):
    """Cash a customer paid in. Never invoiceable itself (B02, A14, K04).

    `paid_at` is from when it counts; `booked_on` the day the bank booked it, which is earlier
    where the books were locked for that day.
    """

    class Channel(models.TextChoices):
        BANK_TRANSFER = "bank_transfer", _("Bank transfer")
        ONLINE = "online", _("Online payment")

    customer = models.ForeignKey(
        CustomerAccount, models.PROTECT, related_name="recharges", verbose_name=_("customer")
    )
    amount = MoneyField(_("amount"), **MONEY)
    channel = models.CharField(_("channel"), max_length=13, choices=Channel)
    paid_at = models.DateTimeField(_("paid at"))
    booked_on = models.DateField(_("booked by the bank on"), null=True)
    transfer = models.OneToOneField(Transfer, models.PROTECT, verbose_name=_("posted as"))
    reversed_at = models.DateTimeField(_("reversed at"), null=True)
    reversal_reason = models.CharField(_("reason of the reversal"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("recharge")
        verbose_name_plural = _("recharges")
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="recharge_positive")]

    def __str__(self) -> str:
        return f"{self.amount}"


class Order(FSMModelMixin, models.Model):
    """A prepaid order, paid in full when it is placed.

    ::

        PAID --deliver--> DELIVERED
          +----fail-----> FAILED      (the money goes back; nothing was ever invoiceable)
                          DELIVERED --unsubscribe--> UNSUBSCRIBED  (the unused days go back)

    `customer` uses it, `payer` paid: the right to invoice belongs to the payer (C28).
    """

    class Status(models.TextChoices):
        PAID = "paid", _("Paid, resources being created")
        DELIVERED = "delivered", _("Delivered")
        FAILED = "failed", _("Failed, money returned")
        UNSUBSCRIBED = "unsubscribed", _("Unsubscribed")

    number = models.CharField(_("order number"), max_length=40, unique=True)
    customer = models.ForeignKey(
        CustomerAccount, models.PROTECT, related_name="orders", verbose_name=_("customer")
    )
    payer = models.ForeignKey(
        CustomerAccount, models.PROTECT, related_name="paid_orders", verbose_name=_("paid by")
    )
    product = models.ForeignKey(
        Product, models.PROTECT, null=True, blank=True, verbose_name=_("product")
    )
    tax_category = models.ForeignKey(TaxCategory, models.PROTECT, verbose_name=_("tax category"))
    description = models.CharField(_("description"), max_length=160, blank=True)
    amount = MoneyField(_("amount"), **MONEY)
    status = FSMField(_("status"), default=Status.PAID, choices=Status.choices, protected=True)
    paid_at = models.DateTimeField(_("paid at"))
    delivered_at = models.DateTimeField(_("delivered at"), null=True)
    contract_number = models.CharField(_("contract number"), max_length=60, blank=True)
    starts_on = models.DateField(_("first day of service"), null=True, blank=True)
    ends_on = models.DateField(_("last day of service"), null=True, blank=True)
    renews = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="renewals",
        verbose_name=_("renews"),
    )
    transfer = models.OneToOneField(Transfer, models.PROTECT, verbose_name=_("posted as"))

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="order_positive"),
            models.CheckConstraint(
                condition=Q(status__in=["delivered", "unsubscribed"], delivered_at__isnull=False)
                | Q(status__in=["paid", "failed"], delivered_at=None),
                name="order_delivered_has_time",
            ),
            models.CheckConstraint(
                condition=Q(starts_on=None, ends_on=None) | Q(starts_on__lte=F("ends_on")),
                name="order_term_forward",
            ),
            models.UniqueConstraint(
                fields=["renews"],
                condition=~Q(status__in=["failed", "unsubscribed"]),
                name="order_renewed_once",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-id"], name="order_newest"),
            models.Index(
                fields=["customer"],
                condition=~Q(payer=F("customer")),
                name="order_paid_by_another",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @transition(field=status, source=Status.PAID, target=Status.DELIVERED)
    def deliver(self, *, at: datetime) -> None:
        self.delivered_at = at

    @transition(field=status, source=Status.PAID, target=Status.FAILED)
    def fail(self) -> None:
        """Resources could not be created."""

    @transition(field=status, source=Status.DELIVERED, target=Status.UNSUBSCRIBED)
    def unsubscribe(self) -> None:
        """The customer gave the service up before its term ended."""
