"""Auto-invoicing: settings per customer, and one run per customer and month."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import CustomerAccount
from invoicing.models.application import InvoiceApplication
from invoicing.models.title import InvoiceTitle
from ledger.models.books import AMOUNT


class AutoInvoicing(models.Model):
    """How a customer wants last month invoiced on the 5th (A22, A54).

    `first_period` is the first month it covers: switching on after a month's run covers the next
    month (SC-97).
    """

    customer = models.OneToOneField(CustomerAccount, models.PROTECT, related_name="auto_invoicing")
    enabled = models.BooleanField(_("enabled"), default=False)
    first_period = models.CharField(_("first month"), max_length=7)
    title = models.ForeignKey(InvoiceTitle, models.PROTECT, related_name="+")
    kind = models.CharField(_("kind"), max_length=7, choices=InvoiceApplication.Kind)
    medium = models.CharField(_("medium"), max_length=10, choices=InvoiceApplication.Medium)
    recipient_email = models.EmailField(_("recipient email"), blank=True)
    changed_at = models.DateTimeField(_("changed at"))

    class Meta:
        verbose_name = _("auto-invoicing settings")
        verbose_name_plural = _("auto-invoicing settings")

    def __str__(self) -> str:
        return f"{self.customer} ({self.enabled})"


class AutoInvoicingRun(models.Model):
    """The outcome of auto-invoicing one customer's month: exactly one row, whatever happens."""

    class Result(models.TextChoices):
        ISSUED = "issued", _("Applied for")
        FAILED = "failed", _("Failed")
        NOTHING = "nothing", _("Nothing to invoice")

    customer = models.ForeignKey(CustomerAccount, models.PROTECT, related_name="auto_runs")
    period = models.CharField(_("month"), max_length=7)
    result = models.CharField(_("result"), max_length=8, choices=Result)
    reason = models.CharField(_("reason"), max_length=40, blank=True)
    total = models.DecimalField(_("total"), **AMOUNT, default=0)
    application = models.OneToOneField(InvoiceApplication, models.PROTECT, null=True)
    ran_at = models.DateTimeField(_("ran at"))

    class Meta:
        verbose_name = _("auto-invoicing run")
        verbose_name_plural = _("auto-invoicing runs")
        constraints = [
            models.UniqueConstraint(fields=["customer", "period"], name="auto_run_once"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.period} {self.result}"
