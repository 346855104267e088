"""Lots: which money a balance consists of, and which charge spent it."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import CustomerAccount, User
from ledger.models.books import AMOUNT, LedgerAccount, Transfer
from ledger.models.catalogue import InvoicingEntity, Product
from ledger.models.charges import Charge


class Lot(models.Model):
    """Money that came in together: a recharge, a grant, money returned.

    The lots of a fund with something `remaining` sum to its balance. Money is spent from the lot
    that expires first, then from the oldest (FIFO). `product` or `entity` narrow what it buys.
    """

    customer = models.ForeignKey(
        CustomerAccount, models.PROTECT, related_name="lots", verbose_name=_("customer")
    )
    fund = models.CharField(_("fund"), max_length=10, choices=LedgerAccount.Bucket)
    currency = models.CharField(_("currency"), max_length=3)
    amount = models.DecimalField(_("amount"), **AMOUNT)
    remaining = models.DecimalField(_("remaining"), **AMOUNT)
    source = models.ForeignKey(
        Transfer, models.PROTECT, related_name="lots", verbose_name=_("posted by")
    )
    received_at = models.DateTimeField(_("received at"))
    expires_at = models.DateTimeField(_("expires at"), null=True)
    product = models.ForeignKey(
        Product, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("product")
    )
    entity = models.ForeignKey(
        InvoicingEntity,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("seller"),
    )

    class Meta:
        verbose_name = _("lot")
        verbose_name_plural = _("lots")
        constraints = [
            models.CheckConstraint(
                condition=Q(remaining__gte=0) & Q(remaining__lte=F("amount")) & Q(amount__gt=0),
                name="lot_remaining",
            ),
        ]
        indexes = [
            models.Index(
                fields=["customer", "fund", "expires_at", "received_at", "id"],
                condition=Q(remaining__gt=0),
                name="lot_left",
            ),
            models.Index(
                fields=["expires_at"],
                condition=Q(remaining__gt=0, expires_at__isnull=False),
                name="lot_expiring",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fund} {self.remaining} / {self.amount}"


class LotUse(models.Model):
    """An amount taken from a lot (positive) or given back to it (negative), and for which charge.

    No charge: it left the balance another way (`transfer` says how).
    """

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="uses", verbose_name=_("came as"))
    charge = models.ForeignKey(
        Charge, models.PROTECT, null=True, related_name="lot_uses", verbose_name=_("charge")
    )
    transfer = models.ForeignKey(
        Transfer, models.PROTECT, related_name="lot_uses", verbose_name=_("posted as")
    )
    amount = models.DecimalField(_("amount"), **AMOUNT)

    class Meta:
        verbose_name = _("use of a lot")
        verbose_name_plural = _("uses of lots")
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="lot_use_not_zero")]

    def __str__(self) -> str:
        return f"{self.amount}"


class ActivationCode(models.Model):
    """A code that gives a fund to whoever redeems it, once. Only its hash is stored."""

    code_sha256 = models.CharField(
        max_length=64, unique=True, verbose_name=_("SHA-256 of the code")
    )
    hint = models.CharField(_("last characters"), max_length=4)
    fund = models.CharField(_("fund"), max_length=10, choices=LedgerAccount.Bucket)
    amount = models.DecimalField(_("amount"), **AMOUNT)
    currency = models.CharField(_("currency"), max_length=3, default="CNY")
    valid_until = models.DateTimeField(_("redeemable until"))
    days = models.PositiveSmallIntegerField(
        _("days"), null=True, help_text=_("How long the fund lasts after it is redeemed.")
    )
    product = models.ForeignKey(
        Product, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("product")
    )
    entity = models.ForeignKey(
        InvoicingEntity,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("seller"),
    )
    created_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("created by")
    )
    created_at = models.DateTimeField(_("created at"))
    redeemed_at = models.DateTimeField(_("redeemed at"), null=True)
    lot = models.OneToOneField(
        Lot, models.PROTECT, null=True, related_name="code", verbose_name=_("came as")
    )

    class Meta:
        verbose_name = _("activation code")
        verbose_name_plural = _("activation codes")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="code_positive"),
            models.CheckConstraint(
                condition=Q(redeemed_at=None, lot=None)
                | Q(redeemed_at__isnull=False, lot__isnull=False),
                name="code_redeemed_has_lot",
            ),
        ]

    def __str__(self) -> str:
        return f"…{self.hint}"
