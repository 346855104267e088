"""The invoice: a document of one entity at one rate, its lines, its number."""

from datetime import date, datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition

from accounts.models import CustomerAccount
from invoicing.models.application import InvoiceApplication
from ledger.domain.naming import printed_name
from ledger.models import InvoicingEntity, TaxCategory
from ledger.models.amounts import MoneyField
from ledger.models.books import AMOUNT
from ledger.models.orders import MONEY

LIVE_STATUSES = ("issued", "shipped", "received", "crediting", "credited")
"""An invoice in one of these exists for the tax office: it has a number and is frozen."""


class Invoice(FSMModelMixin, models.Model):
    """One document. Issuing gives it a number and freezes it (`snapshot`).

    ::

        PLANNED --issue--> ISSUED --ship--> SHIPPED --receive--> RECEIVED   (only paper ships)
          |  ^--retry-- FAILED <--fail-- PLANNED
          +--drop--> DROPPED <--drop-- FAILED
        ISSUED | SHIPPED | RECEIVED --request_credit--> CREDITING --credit--> CREDITED
        ISSUED <--keep_issued-- CREDITING --keep_shipped--> SHIPPED, --keep_received--> RECEIVED

    `asked_at`: when its channel was last asked for it and did not refuse: from then on it may exist.
    `months` are the statements it is for; `period` is set where each month has an invoice of its own.
    A refused or partial credit puts it back where it was. `credited_*` are what its credit notes
    took back so far, positive; an invoice is CREDITED when they reach its own amounts.
    """

    class Status(models.TextChoices):
        PLANNED = "planned", _("Planned")
        ISSUED = "issued", _("Issued")
        SHIPPED = "shipped", _("Shipped")
        RECEIVED = "received", _("Received")
        CREDITING = "crediting", _("Being credited")
        CREDITED = "credited", _("Credited")
        FAILED = "failed", _("Failed, will be tried again")
        DROPPED = "dropped", _("Dropped")

    application = models.ForeignKey(
        InvoiceApplication,
        models.PROTECT,
        related_name="invoices",
        db_index=False,
        verbose_name=_("application"),
    )
    position = models.PositiveSmallIntegerField(_("position"))
    entity = models.ForeignKey(
        InvoicingEntity, models.PROTECT, related_name="invoices", verbose_name=_("seller")
    )
    kind = models.CharField(_("kind"), max_length=7, choices=InvoiceApplication.Kind)
    medium = models.CharField(_("medium"), max_length=10, choices=InvoiceApplication.Medium)
    rate = models.DecimalField(_("tax rate"), max_digits=5, decimal_places=4)
    why = models.CharField(_("why separate"), max_length=14, blank=True)
    period = models.CharField(_("month"), max_length=7, blank=True)
    months = ArrayField(
        models.CharField(max_length=7), default=list, blank=True, verbose_name=_("months it covers")
    )
    member = models.ForeignKey(
        CustomerAccount, models.PROTECT, null=True, related_name="+", verbose_name=_("member")
    )
    status = FSMField(_("status"), default=Status.PLANNED, choices=Status.choices, protected=True)
    net = MoneyField(_("net"), **MONEY)
    tax = MoneyField(_("tax"), **MONEY)
    gross = MoneyField(_("total"), **MONEY)
    asked_at = models.DateTimeField(_("channel asked at"), null=True)
    number = models.CharField(_("invoice number"), max_length=20, null=True, unique=True)
    issued_at = models.DateTimeField(_("issued at"), null=True)
    invoice_date = models.DateField(_("invoice date"), null=True)
    snapshot = models.TextField(_("frozen content"), blank=True, default="")
    snapshot_sha256 = models.CharField(
        max_length=64, blank=True, verbose_name=_("SHA-256 of the content")
    )
    problem = models.CharField(_("problem"), max_length=200, blank=True)
    filed = models.BooleanField(_("all files made"), default=False)
    filing_problem = models.CharField(_("why files are missing"), max_length=300, blank=True)
    ship_due_at = models.DateTimeField(_("to be shipped by"), null=True)
    tracking_number = models.CharField(_("tracking number"), max_length=40, blank=True)
    shipped_at = models.DateTimeField(_("shipped at"), null=True)
    received_at = models.DateTimeField(_("received at"), null=True)
    credited_net = models.DecimalField(_("credited, net"), **AMOUNT, default=0)
    credited_tax = models.DecimalField(_("credited, tax"), **AMOUNT, default=0)
    credited_gross = models.DecimalField(_("credited"), **AMOUNT, default=0)

    class Meta:
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        permissions = [("ship_invoice", _("Can ship paper invoices"))]
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
                    status__in=LIVE_STATUSES,
                    number__isnull=False,
                    issued_at__isnull=False,
                    invoice_date__isnull=False,
                )
                & ~Q(snapshot="")
                | ~Q(status__in=LIVE_STATUSES) & Q(number=None, issued_at=None, snapshot=""),
                name="invoice_number_when_issued",
            ),
            models.CheckConstraint(
                condition=Q(shipped_at=None, tracking_number="", received_at=None)
                | Q(shipped_at__isnull=False, medium="paper") & ~Q(tracking_number=""),
                name="invoice_tracking_when_shipped",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=("shipped", "received"))
                | Q(status="shipped", shipped_at__isnull=False)
                | Q(status="received", received_at__isnull=False),
                name="invoice_shipped_has_moment",
            ),
            models.CheckConstraint(
                condition=Q(credited_gross=F("credited_net") + F("credited_tax"))
                & Q(credited_gross__gte=0, credited_net__gte=0, credited_tax__gte=0)
                & Q(
                    credited_gross__lte=F("gross"),
                    credited_net__lte=F("net"),
                    credited_tax__lte=F("tax"),
                ),
                name="invoice_not_over_credited",
            ),
            models.CheckConstraint(
                condition=Q(status="credited", credited_gross=F("gross"))
                | ~Q(status="credited") & Q(credited_gross__lt=F("gross")),
                name="invoice_credited_when_all_is",
            ),
        ]
        indexes = [
            models.Index(
                fields=["issued_at", "id"],
                condition=Q(number__isnull=False, filed=False),
                name="invoice_to_file",
            ),
            models.Index(
                fields=["ship_due_at"],
                condition=Q(status="issued", ship_due_at__isnull=False),
                name="invoice_to_ship",
            ),
        ]

    def __str__(self) -> str:
        return self.number or f"{self.application_id}/{self.position}"

    @property
    def stage(self) -> str:
        """How far it came, whatever is asked of it now: "", issued, shipped or credited (D25)."""
        if self.status == Invoice.Status.CREDITED:
            return "credited"
        if self.shipped_at is not None:
            return "shipped"
        return "issued" if self.number is not None else ""

    @property
    def shown_status(self) -> str:
        """Its status; that of its application while it is undecided, or was returned."""
        asked = self.application.status
        same = {"planned": "pending_approval", "dropped": "rejected"}
        return str(asked if same.get(self.status) == asked else self.status)

    @property
    def status_word(self) -> str:
        """Its status as its billing centre words it (A27, B18)."""
        return self.application.word_for(self.shown_status)

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

    @transition(field=status, source=Status.ISSUED, target=Status.SHIPPED)
    def ship(self, *, tracking: str, at: datetime) -> None:
        self.tracking_number, self.shipped_at = tracking, at

    @transition(field=status, source=Status.SHIPPED, target=Status.RECEIVED)
    def receive(self, *, at: datetime) -> None:
        self.received_at = at

    @transition(
        field=status,
        source=[Status.ISSUED, Status.SHIPPED, Status.RECEIVED],
        target=Status.CREDITING,
    )
    def request_credit(self) -> None:
        """A credit note is asked for: one at a time."""

    @transition(field=status, source=Status.CREDITING, target=Status.CREDITED)
    def credit(self) -> None:
        """All of it is credited."""

    @transition(field=status, source=Status.CREDITING, target=Status.ISSUED)
    def keep_issued(self) -> None:
        """The credit was refused, expired or partial."""

    @transition(field=status, source=Status.CREDITING, target=Status.SHIPPED)
    def keep_shipped(self) -> None:
        """As `keep_issued`, for paper on its way."""

    @transition(field=status, source=Status.CREDITING, target=Status.RECEIVED)
    def keep_received(self) -> None:
        """As `keep_issued`, for paper that arrived."""


class InvoiceLine(models.Model):
    """One row of the face: one tax category, `tax = gross - net` (design 5)."""

    invoice = models.ForeignKey(
        Invoice, models.PROTECT, related_name="lines", db_index=False, verbose_name=_("invoice")
    )
    position = models.PositiveSmallIntegerField(_("position"))
    tax_category = models.ForeignKey(TaxCategory, models.PROTECT, verbose_name=_("tax category"))
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

    @property
    def printed(self) -> str:
        """What the face says was sold."""
        return printed_name(self.short_name, self.content)


class NumberSeries(models.Model):
    """Consecutive numbers per entity, kind, medium and year, credit notes apart (D17).

    The row is updated together with the sandbox's receipt, so numbers have no gap and no duplicate.
    """

    entity = models.ForeignKey(
        InvoicingEntity, models.PROTECT, related_name="series", verbose_name=_("seller")
    )
    kind = models.CharField(_("kind"), max_length=7, choices=InvoiceApplication.Kind)
    medium = models.CharField(_("medium"), max_length=10, choices=InvoiceApplication.Medium)
    year = models.PositiveSmallIntegerField(_("year"))
    credit = models.BooleanField(_("credit notes"), default=False)
    last = models.PositiveBigIntegerField(_("last number"), default=0)

    class Meta:
        verbose_name = _("number series")
        verbose_name_plural = _("number series")
        constraints = [
            models.UniqueConstraint(
                fields=["entity", "kind", "medium", "year", "credit"], name="series_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entity_id}/{self.kind}/{self.medium}/{self.year}"
