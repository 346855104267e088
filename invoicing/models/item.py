"""The invoiceable item: one row per charge, and the sum that everything hangs on."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import CustomerAccount
from invoicing.domain.planning import TaxKey
from ledger.models import Charge, InvoicingEntity, TaxCategory
from ledger.models.books import AMOUNT

NET = (
    F("cash")
    - F("refunded")
    - F("reserved")
    - F("invoiced")
    - F("offset_given")
    + F("offset_received")
)


class InvoiceableItem(models.Model):
    """What one charge contributes to the invoiceable amount (design 6, the master invariant).

    `other_funds` is what vouchers and the like paid: shown, never invoiceable.
    `net = cash - refunded - reserved - invoiced - offset_given + offset_received`. Its positive
    part is open, its negative part is a deficit. `available_at` was computed by the profile named
    in `profile`/`profile_version` when the fact happened; null means "not yet, no date known",
    and `waiting_reason` says why.
    """

    charge = models.OneToOneField(
        Charge, models.PROTECT, related_name="item", verbose_name=_("charge")
    )
    customer = models.ForeignKey(
        CustomerAccount,
        models.PROTECT,
        related_name="items",
        db_index=False,
        verbose_name=_("customer"),
    )
    entity = models.ForeignKey(InvoicingEntity, models.PROTECT, verbose_name=_("seller"))
    tax_category = models.ForeignKey(TaxCategory, models.PROTECT, verbose_name=_("tax category"))
    rate = models.DecimalField(_("tax rate"), max_digits=5, decimal_places=4)
    currency = models.CharField(_("currency"), max_length=3)
    source = models.CharField(_("order or bill"), max_length=40)
    description = models.CharField(_("description"), max_length=160, blank=True)
    mode = models.CharField(_("mode"), max_length=8)
    period = models.CharField(_("month"), max_length=7)
    paid_at = models.DateTimeField(_("paid at"))
    marketplace = models.BooleanField(_("marketplace"), default=False)
    cash = models.DecimalField(_("paid in cash"), **AMOUNT)
    other_funds = models.DecimalField(_("paid with other funds"), **AMOUNT, default=0)
    refunded = models.DecimalField(_("refunded"), **AMOUNT, default=0)
    reserved = models.DecimalField(_("applied for"), **AMOUNT, default=0)
    invoiced = models.DecimalField(_("invoiced"), **AMOUNT, default=0)
    offset_given = models.DecimalField(_("offset given"), **AMOUNT, default=0)
    offset_received = models.DecimalField(_("offset received"), **AMOUNT, default=0)
    net = models.GeneratedField(
        expression=NET,
        output_field=models.DecimalField(**AMOUNT),
        db_persist=True,
        verbose_name=_("open or deficit"),
    )
    available_at = models.DateTimeField(_("available from"), null=True)
    waiting_reason = models.CharField(
        max_length=20, blank=True, verbose_name=_("waits, or waited, for")
    )
    profile = models.CharField(_("profile"), max_length=32)
    profile_version = models.PositiveSmallIntegerField(_("profile version"))

    class Meta:
        verbose_name = _("invoiceable item")
        verbose_name_plural = _("invoiceable items")
        constraints = [
            models.CheckConstraint(
                condition=Q(cash__gte=0)
                & Q(other_funds__gte=0)
                & Q(refunded__gte=0)
                & Q(reserved__gte=0)
                & Q(invoiced__gte=0)
                & Q(offset_given__gte=0)
                & Q(offset_received__gte=0),
                name="item_parts_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(refunded__lte=F("cash")), name="item_refund_within_cash"
            ),
            models.CheckConstraint(
                condition=Q(cash__gte=F("reserved") + F("invoiced")),
                name="item_not_over_invoiced",
            ),
            models.CheckConstraint(
                condition=Q(offset_received__lte=F("refunded")),
                name="item_offset_covers_refunds_only",
            ),
        ]
        indexes = [
            models.Index(
                fields=["customer", "available_at", "id"],
                condition=Q(net__gt=0),
                name="item_open",
            ),
            models.Index(
                fields=["customer", "paid_at", "id"],
                condition=Q(net__gt=0),
                name="item_oldest",
            ),
            models.Index(fields=["customer", "id"], condition=Q(net__lt=0), name="item_deficit"),
            models.Index(fields=["customer", "period"], name="item_month"),
            models.Index(fields=["customer", "available_at"], name="item_maturity"),
        ]

    def __str__(self) -> str:
        return self.source

    @property
    def open(self) -> Decimal:
        """What can still be invoiced once available, in `currency`."""
        return max(Decimal("0.00"), self.net)

    @property
    def deficit(self) -> Decimal:
        """What was invoiced but refunded since, in `currency`."""
        return max(Decimal("0.00"), -self.net)

    @property
    def tax_key(self) -> TaxKey:
        """Its tax key as the planner knows it (needs `tax_category` loaded)."""
        return tax_key_of(self.tax_category)


def tax_key_of(category: TaxCategory) -> TaxKey:
    """A tax category as the planner knows it."""
    return TaxKey(
        category_id=category.pk,
        entity_id=category.entity_id,
        tax_code=category.code,
        content=category.content,
        rate=category.rate,
    )


class Offset(models.Model):
    """A deficit paired with new consumption of the same key: the consumption is used up instead."""

    deficit_item = models.ForeignKey(
        InvoiceableItem,
        models.PROTECT,
        related_name="offsets_received",
        verbose_name=_("deficit of"),
    )
    item = models.ForeignKey(
        InvoiceableItem,
        models.PROTECT,
        related_name="offsets_given",
        verbose_name=_("order or bill"),
    )
    amount = models.DecimalField(_("amount"), **AMOUNT)
    application = models.ForeignKey(
        "invoicing.InvoiceApplication",
        models.PROTECT,
        null=True,
        related_name="offsets",
        verbose_name=_("application"),
    )
    made_at = models.DateTimeField(_("made at"))
    undone_at = models.DateTimeField(_("undone at"), null=True)

    class Meta:
        verbose_name = _("offset")
        verbose_name_plural = _("offsets")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="offset_positive"),
            models.CheckConstraint(
                condition=~Q(deficit_item=F("item")), name="offset_between_two_items"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount}"
