"""Documents as files: what was rendered, and its fingerprint."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import MoneyField

from accounts.models import CustomerAccount
from invoicing.models.invoice import Invoice
from ledger.models import Bill, InvoicingEntity
from ledger.models.orders import MONEY


class InvoiceFile(models.Model):
    """One rendered file of an invoice, stored under its SHA-256."""

    class Format(models.TextChoices):
        PDF = "pdf", "PDF"

    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="files")
    format = models.CharField(_("format"), max_length=4, choices=Format)
    sha256 = models.CharField("SHA-256", max_length=64)
    size = models.PositiveIntegerField(_("size in bytes"))
    rendered_at = models.DateTimeField(_("rendered at"))

    class Meta:
        verbose_name = _("invoice file")
        verbose_name_plural = _("invoice files")
        constraints = [
            models.UniqueConstraint(fields=["invoice", "format"], name="file_once_per_format"),
        ]

    def __str__(self) -> str:
        return f"{self.invoice} {self.format}"


class Proforma(models.Model):
    """What one entity sold on a bill, as a proforma invoice for a customer overseas (B13). Consumes nothing (D14)."""

    customer = models.ForeignKey(CustomerAccount, models.PROTECT, related_name="proformas")
    bill = models.ForeignKey(Bill, models.PROTECT, related_name="proformas")
    entity = models.ForeignKey(InvoicingEntity, models.PROTECT, related_name="+")
    number = models.CharField(_("number"), max_length=24, unique=True)
    total = MoneyField(_("total"), **MONEY)
    snapshot = models.TextField(_("frozen content"))
    sha256 = models.CharField("SHA-256", max_length=64)
    size = models.PositiveIntegerField(_("size in bytes"))
    issued_at = models.DateTimeField(_("issued at"))

    class Meta:
        verbose_name = _("proforma invoice")
        verbose_name_plural = _("proforma invoices")
        constraints = [
            models.UniqueConstraint(fields=["bill", "entity"], name="proforma_once"),
        ]

    def __str__(self) -> str:
        return self.number
