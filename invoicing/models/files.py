"""Documents as files: what was rendered, and its fingerprint."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition

from accounts.models import CustomerAccount, Ticket, UploadedFile, User
from invoicing.models.credit import CreditNote
from invoicing.models.invoice import Invoice
from ledger.models import Bill, InvoicingEntity, Order
from ledger.models.amounts import MoneyField
from ledger.models.orders import MONEY


class Proforma(FSMModelMixin, models.Model):
    """What one entity sold on a bill or by a prepaid order, for a customer overseas (B13). Consumes nothing (D14).

    ::

        DRAFT --confirm--> CONFIRMED --seal--> SEALED   (asked for by ticket, sealed scan on it)

    A proforma is not a tax document; a commercial invoice of the same follows on request.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("To be confirmed")
        CONFIRMED = "confirmed", _("Confirmed")
        SEALED = "sealed", _("Sealed")

    class Form(models.TextChoices):
        PROFORMA = "proforma", _("Proforma invoice")
        COMMERCIAL = "commercial", _("Commercial invoice")

    customer = models.ForeignKey(
        CustomerAccount, models.PROTECT, related_name="proformas", verbose_name=_("customer")
    )
    bill = models.ForeignKey(
        Bill, models.PROTECT, null=True, related_name="proformas", verbose_name=_("bill")
    )
    order = models.ForeignKey(
        Order, models.PROTECT, null=True, related_name="proformas", verbose_name=_("order")
    )
    entity = models.ForeignKey(
        InvoicingEntity, models.PROTECT, related_name="+", verbose_name=_("seller")
    )
    form = models.CharField(_("form"), max_length=10, choices=Form, default=Form.PROFORMA)
    status = FSMField(_("status"), default=Status.DRAFT, choices=Status.choices, protected=True)
    ticket = models.ForeignKey(
        Ticket, models.PROTECT, null=True, related_name="proformas", verbose_name=_("ticket")
    )
    number = models.CharField(_("number"), max_length=24, unique=True)
    total = MoneyField(_("total"), **MONEY)
    snapshot = models.TextField(_("frozen content"))
    sha256 = models.CharField("SHA-256", max_length=64)
    size = models.PositiveIntegerField(_("size in bytes"))
    issued_at = models.DateTimeField(_("issued at"))
    confirmed_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("confirmed by")
    )
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True)
    sealed_scan = models.OneToOneField(
        UploadedFile, models.PROTECT, null=True, related_name="+", verbose_name=_("sealed scan")
    )
    sealed_at = models.DateTimeField(_("sealed at"), null=True)

    class Meta:
        verbose_name = _("proforma invoice")
        verbose_name_plural = _("proforma invoices")
        constraints = [
            models.UniqueConstraint(fields=["bill", "entity", "form"], name="proforma_once"),
            models.UniqueConstraint(
                fields=["order", "entity", "form"], name="proforma_of_order_once"
            ),
            models.CheckConstraint(
                condition=Q(bill__isnull=False, order=None) | Q(bill=None, order__isnull=False),
                name="proforma_of_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(status="sealed", sealed_scan__isnull=False)
                | ~Q(status="sealed") & Q(sealed_scan=None),
                name="proforma_scan_when_sealed",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @transition(field=status, source=Status.DRAFT, target=Status.CONFIRMED)
    def confirm(self, *, by: User | None, at: datetime) -> None:
        self.confirmed_by, self.confirmed_at = by, at

    @transition(field=status, source=Status.CONFIRMED, target=Status.SEALED)
    def seal(self, *, scan: UploadedFile, at: datetime) -> None:
        self.sealed_scan, self.sealed_at = scan, at


class InvoiceFile(models.Model):
    """One rendered file of an invoice or a credit note, stored under its SHA-256."""

    class Format(models.TextChoices):
        PDF = "pdf", "PDF"
        OFD = "ofd", "OFD"
        XML = "xml", "XML"

    invoice = models.ForeignKey(
        Invoice, models.PROTECT, null=True, related_name="files", verbose_name=_("invoice")
    )
    credit_note = models.ForeignKey(
        CreditNote, models.PROTECT, null=True, related_name="files", verbose_name=_("credit note")
    )
    format = models.CharField(_("format"), max_length=4, choices=Format)
    sha256 = models.CharField("SHA-256", max_length=64)
    size = models.PositiveIntegerField(_("size in bytes"))
    rendered_at = models.DateTimeField(_("rendered at"))

    class Meta:
        verbose_name = _("invoice file")
        verbose_name_plural = _("invoice files")
        constraints = [
            models.UniqueConstraint(fields=["invoice", "format"], name="file_once_per_format"),
            models.UniqueConstraint(
                fields=["credit_note", "format"], name="credit_file_once_per_format"
            ),
            models.CheckConstraint(
                condition=Q(invoice__isnull=False, credit_note=None)
                | Q(invoice=None, credit_note__isnull=False),
                name="file_of_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.invoice or self.credit_note} {self.format}"


class InvoiceCopy(models.Model):
    """A lost invoice: the customer may have a copy marked COPY, granted on its ticket (B63)."""

    invoice = models.ForeignKey(
        Invoice, models.PROTECT, related_name="copies", verbose_name=_("invoice")
    )
    ticket = models.OneToOneField(
        Ticket, models.PROTECT, related_name="invoice_copy", verbose_name=_("ticket")
    )
    certificate = models.ForeignKey(
        UploadedFile, models.PROTECT, related_name="+", verbose_name=_("loss certificate")
    )
    granted_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("allowed by")
    )
    granted_at = models.DateTimeField(_("granted at"))

    class Meta:
        verbose_name = _("copy of a lost invoice")
        verbose_name_plural = _("copies of lost invoices")

    def __str__(self) -> str:
        return f"{self.invoice}"
