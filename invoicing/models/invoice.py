"""The invoice: a document of one entity at one rate, its lines, its number."""

from datetime import date, datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition
from djmoney.models.fields import MoneyField

from invoicing.models.application import InvoiceApplication
from ledger.models import InvoicingEntity, TaxCategory
from ledger.models.books import AMOUNT
from ledger.models.orders import MONEY


class Invoice(FSMModelMixin, models.Model):
    """One document. Issuing gives it a number and freezes it (`snapshot`).

    ::

        PLANNED --issue--> ISSUED
          |  ^--retry-- FAILED <--fail-- PLANNED
          +--drop--> DROPPED <--drop-- FAILED
    """

    class Status(models.TextChoices):
        PLANNED = "planned", _("Planned")
        ISSUED = "issued", _("Issued")
        FAILED = "failed", _("Failed, will be tried again")
        DROPPED = "dropped", _("Dropped")

    application = models.ForeignKey(InvoiceApplication, models.PROTECT, related_name="invoices")
    position = models.PositiveSmallIntegerField(_("position"))
    entity = models.ForeignKey(InvoicingEntity, models.PROTECT, related_name="invoices")
    kind = models.CharField(_("kind"), max_length=7, choices=InvoiceApplication.Kind)
    medium = models.CharField(_("medium"), max_length=10, choices=InvoiceApplication.Medium)
    rate = models.DecimalField(_("tax rate"), max_digits=5, decimal_places=4)
    why = models.CharField(_("why separate"), max_length=14, blank=True)
    period = models.CharField(_("month"), max_length=7, blank=True)
    status = FSMField(_("status"), default=Status.PLANNED, choices=Status.choices, protected=True)
    net = MoneyField(_("net"), **MONEY)
    tax = MoneyField(_("tax"), **MONEY)
    gross = MoneyField(_("total"), **MONEY)
    number = models.CharField(_("invoice number"), max_length=20, null=True, unique=True)
    issued_at = models.DateTimeField(_("issued at"), null=True)
    invoice_date = models.DateField(_("invoice date"), null=True)
    snapshot = models.TextField(_("frozen content"), blank=True, default="")
    snapshot_sha256 = models.CharField(max_length=64, blank=True)
    problem = models.CharField(_("problem"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        constraints = [
            models.UniqueConstraint(
                fields=["application", "position"], name="invoice_position_once"
            ),
            models.CheckConstraint(
                condition=Q(gross=F("net") + F("tax")), name="invoice_net_plus_tax"
            ),
            models.CheckConstraint(condition=Q(gross__gt=0), name="invoice_positive"),
            models.CheckConstraint(
                condition=Q(
                    status="issued",
                    number__isnull=False,
                    issued_at__isnull=False,
                    invoice_date__isnull=False,
                )
                & ~Q(snapshot="")
                | ~Q(status="issued") & Q(number=None, issued_at=None, snapshot=""),
                name="invoice_number_when_issued",
            ),
        ]
        indexes = [
            models.Index(fields=["application", "position"], name="invoice_of_application"),
        ]

    def __str__(self) -> str:
        return self.number or f"{self.application_id}/{self.position}"

    @transition(field=status, source=Status.PLANNED, target=Status.ISSUED)
    def issue(self, *, number: str, at: datetime, on: date, snapshot: str, sha256: str) -> None:
        self.number, self.issued_at, self.invoice_date = number, at, on
        self.snapshot, self.snapshot_sha256, self.problem = snapshot, sha256, ""

    @transition(field=status, source=Status.PLANNED, target=Status.FAILED)
    def fail(self, *, problem: str) -> None:
        self.problem = problem

    @transition(field=status, source=Status.FAILED, target=Status.PLANNED)
    def retry(self) -> None:
        self.problem = ""

    @transition(field=status, source=[Status.PLANNED, Status.FAILED], target=Status.DROPPED)
    def drop(self) -> None:
        """Its application was returned or withdrawn."""


class InvoiceLine(models.Model):
    """One row of the face: one tax category, `tax = gross - net` (design 5)."""

    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="lines")
    position = models.PositiveSmallIntegerField(_("position"))
    tax_category = models.ForeignKey(TaxCategory, models.PROTECT)
    tax_code = models.CharField(_("tax classification code"), max_length=19)
    short_name = models.CharField(_("category"), max_length=40, blank=True)
    content = models.CharField(_("content"), max_length=90)
    rate = models.DecimalField(_("tax rate"), max_digits=5, decimal_places=4)
    net = models.DecimalField(_("net"), **AMOUNT)
    tax = models.DecimalField(_("tax"), **AMOUNT)
    gross = models.DecimalField(_("total"), **AMOUNT)

    class Meta:
        verbose_name = _("invoice line")
        verbose_name_plural = _("invoice lines")
        constraints = [
            models.UniqueConstraint(fields=["invoice", "position"], name="line_position_once"),
            models.CheckConstraint(
                condition=Q(gross=F("net") + F("tax")), name="line_net_plus_tax"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.content} {self.gross}"


class NumberSeries(models.Model):
    """Consecutive invoice numbers per entity, kind, medium and year (D17).

    The row is updated in the issuing transaction, so numbers have no gap and no duplicate.
    """

    entity = models.ForeignKey(InvoicingEntity, models.PROTECT, related_name="series")
    kind = models.CharField(_("kind"), max_length=7, choices=InvoiceApplication.Kind)
    medium = models.CharField(_("medium"), max_length=10, choices=InvoiceApplication.Medium)
    year = models.PositiveSmallIntegerField(_("year"))
    last = models.PositiveBigIntegerField(_("last number"), default=0)

    class Meta:
        verbose_name = _("number series")
        verbose_name_plural = _("number series")
        constraints = [
            models.UniqueConstraint(
                fields=["entity", "kind", "medium", "year"], name="series_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entity_id}/{self.kind}/{self.medium}/{self.year}"
