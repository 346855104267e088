"""Sums per customer and tax key, kept by the database in the transaction of every change."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import CustomerAccount
from ledger.models import TaxCategory
from ledger.models.books import AMOUNT


class ItemTally(models.Model):
    """The sum of a customer's items per tax key and mode, so that reading it costs the same after
    ten items and after a million. A trigger on the items keeps it (migration 0003); the audit
    proves it.
    """

    customer = models.ForeignKey(
        CustomerAccount, models.PROTECT, related_name="tallies", verbose_name=_("customer")
    )
    tax_category = models.ForeignKey(TaxCategory, models.PROTECT, verbose_name=_("tax category"))
    currency = models.CharField(_("currency"), max_length=3)
    mode = models.CharField(_("mode"), max_length=8)
    marketplace = models.BooleanField(_("marketplace"))
    cash = models.DecimalField(_("paid in cash"), **AMOUNT)
    other_funds = models.DecimalField(_("paid with other funds"), **AMOUNT)
    refunded = models.DecimalField(_("refunded"), **AMOUNT)
    reserved = models.DecimalField(_("applied for"), **AMOUNT)
    invoiced = models.DecimalField(_("invoiced"), **AMOUNT)
    offset_given = models.DecimalField(_("offset given"), **AMOUNT)
    offset_received = models.DecimalField(_("offset received"), **AMOUNT)

    class Meta:
        verbose_name = _("item tally")
        verbose_name_plural = _("item tallies")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "tax_category", "currency", "mode", "marketplace"],
                name="tally_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}/{self.tax_category_id}/{self.mode}"
