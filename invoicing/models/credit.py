"""Taking an issued invoice back: the request, the credit note and its lines."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition

from accounts.models import CustomerAccount, User
from invoicing.models.application import InvoiceApplication
from invoicing.models.invoice import Invoice, InvoiceLine
from invoicing.models.item import InvoiceableItem
from ledger.models import InvoicingEntity
from ledger.models.amounts import MoneyField
from ledger.models.books import AMOUNT
from ledger.models.orders import MONEY


class CreditRequest(FSMModelMixin, models.Model):
    """A customer asks to have all or a part of an invoice credited (B22, A49, K23).

    ::

        AWAITING_ORIGINAL --original_received--> CREDITING --credit--> CREDITED
               | paper, until it is back            | +-----refuse---> REFUSED
               +--refuse, cancel                    | +-----cancel---> CANCELLED
                                                    +-------expire---> EXPIRED

    `decide_at`: the system decides then, nobody needs to look (D22); empty: a person decides. `decide_by` is the
    moment promised to the customer; empty while something else is waited for. `amount` is tax-inclusive and positive.
    `recorded`: the buyer has booked the invoice, so a red-letter confirmation is needed, which lapses at `confirm_by`
    (72 hours after nothing else is missing; empty while the original is on its way). `certified`: the buyer has
    certified a special paper invoice, so the tax bureau's form is needed (K21). The number of either stands on one credit.
    """

    class Status(models.TextChoices):
        AWAITING_ORIGINAL = "awaiting_original", _("Waiting for the original")
        CREDITING = "crediting", _("Being credited")
        CREDITED = "credited", _("Credited")
        REFUSED = "refused", _("Refused")
        CANCELLED = "cancelled", _("Taken back")
        EXPIRED = "expired", _("Not confirmed in time")

    class Reason(models.TextChoices):
        ISSUE_ERROR = "issue_error", _("The invoice is wrong")
        SALES_RETURN = "sales_return", _("The purchase was returned")
        SERVICE_STOPPED = "service_stopped", _("The service ended early")
        SALES_DISCOUNT = "sales_discount", _("A discount was granted afterwards")

    STARTS = OPEN = ("awaiting_original", "crediting")
    STANDING = (*OPEN, "credited")

    invoice = models.ForeignKey(
        Invoice, models.PROTECT, related_name="credit_requests", verbose_name=_("invoice")
    )
    customer = models.ForeignKey(
        CustomerAccount, models.PROTECT, related_name="credit_requests", verbose_name=_("customer")
    )
    status = FSMField(_("status"), default=Status.CREDITING, choices=Status.choices, protected=True)
    reason = models.CharField(_("reason"), max_length=15, choices=Reason)
    note = models.CharField(_("reason in the customer's words"), max_length=200, blank=True)
    amount = models.DecimalField(_("amount"), **AMOUNT)
    form_number = models.CharField(_("confirmation or form number"), max_length=32, blank=True)
    recorded = models.BooleanField(_("booked by the buyer"), default=False)
    certified = models.BooleanField(_("certified by the buyer"), default=False)
    decide_at = models.DateTimeField(_("decided automatically at"), null=True)
    decide_by = models.DateTimeField(_("decision promised by"), null=True)
    confirm_by = models.DateTimeField(_("to be confirmed by"), null=True)
    idempotency_key = models.CharField(max_length=80, verbose_name=_("key against doing twice"))
    fingerprint = models.CharField(max_length=64, verbose_name=_("fingerprint"))
    requested_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("asked for by")
    )
    requested_at = models.DateTimeField(_("asked for at"))
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True)
    refusal = models.CharField(_("why it was refused"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("credit request")
        verbose_name_plural = _("credit requests")
        permissions = [("decide_credit", _("Can decide credit requests"))]
        constraints = [
            models.UniqueConstraint(
                fields=["invoice"],
                condition=Q(status__in=("awaiting_original", "crediting")),
                name="credit_one_at_a_time",
            ),
            models.UniqueConstraint(
                fields=["form_number"],
                condition=~Q(form_number="")
                & Q(status__in=("awaiting_original", "crediting", "credited")),
                name="credit_confirmation_once",
            ),
            models.UniqueConstraint(fields=["customer", "idempotency_key"], name="credit_key_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="credit_amount_positive"),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("requested_by")),
                name="credit_four_eyes",
            ),
        ]
        indexes = [
            models.Index(
                fields=["requested_at"], condition=Q(status="crediting"), name="credit_queue"
            ),
            models.Index(
                fields=["confirm_by"],
                condition=Q(status="crediting", confirm_by__isnull=False),
                name="credit_to_confirm",
            ),
            models.Index(
                fields=["decide_at"], condition=Q(status="crediting"), name="credit_to_decide"
            ),
            models.Index(fields=["decide_by"], condition=Q(status="crediting"), name="credit_late"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """What people call it: CR- and the row's number."""
        return f"CR-{self.pk:08d}"

    @property
    def status_word(self) -> str:
        """Its status; what an invoice has a word for is worded by the billing centre (A27, A30)."""
        if self.status in (CreditRequest.Status.CREDITING, CreditRequest.Status.CREDITED):
            return self.invoice.application.word_for(self.status)
        return str(CreditRequest.Status(self.status).label)

    @transition(field=status, source=Status.AWAITING_ORIGINAL, target=Status.CREDITING)
    def original_received(self) -> None:
        """The paper is back and complete."""

    @transition(field=status, source=Status.CREDITING, target=Status.CREDITED)
    def credit(self, *, by: User | None, at: datetime) -> None:
        self.decided_by, self.decided_at = by, at

    @transition(
        field=status,
        source=[Status.AWAITING_ORIGINAL, Status.CREDITING],
        target=Status.REFUSED,
    )
    def refuse(self, *, by: User, at: datetime, refusal: str) -> None:
        self.decided_by, self.decided_at, self.refusal = by, at, refusal

    @transition(
        field=status,
        source=[Status.AWAITING_ORIGINAL, Status.CREDITING],
        target=Status.CANCELLED,
    )
    def cancel(self, *, at: datetime) -> None:
        self.decided_at = at

    @transition(field=status, source=Status.CREDITING, target=Status.EXPIRED)
    def expire(self, *, at: datetime) -> None:
        self.decided_at = at


class CreditNote(models.Model):
    """A red-letter invoice: negative, with a number of its own, pointing at the original (A31).

    Written once, when it is issued, and frozen from then on.
    """

    request = models.OneToOneField(
        CreditRequest, models.PROTECT, related_name="credit_note", verbose_name=_("credit request")
    )
    invoice = models.ForeignKey(
        Invoice, models.PROTECT, related_name="credit_notes", verbose_name=_("invoice")
    )
    position = models.PositiveSmallIntegerField(_("position"))
    entity = models.ForeignKey(
        InvoicingEntity, models.PROTECT, related_name="+", verbose_name=_("seller")
    )
    kind = models.CharField(_("kind"), max_length=7, choices=InvoiceApplication.Kind)
    medium = models.CharField(_("medium"), max_length=10, choices=InvoiceApplication.Medium)
    rate = models.DecimalField(_("tax rate"), max_digits=5, decimal_places=4)
    net = MoneyField(_("net"), **MONEY)
    tax = MoneyField(_("tax"), **MONEY)
    gross = MoneyField(_("total"), **MONEY)
    number = models.CharField(_("number"), max_length=20, unique=True)
    issued_at = models.DateTimeField(_("issued at"))
    invoice_date = models.DateField(_("invoice date"))
    snapshot = models.TextField(_("frozen content"))
    snapshot_sha256 = models.CharField(max_length=64, verbose_name=_("SHA-256 of the content"))
    filed = models.BooleanField(_("all files made"), default=False)
    filing_problem = models.CharField(_("why files are missing"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("credit note")
        verbose_name_plural = _("credit notes")
        constraints = [
            models.UniqueConstraint(
                fields=["invoice", "position"], name="credit_note_position_once"
            ),
            models.CheckConstraint(
                condition=Q(gross=F("net") + F("tax")), name="credit_note_net_plus_tax"
            ),
            models.CheckConstraint(
                condition=Q(gross__lt=0, net__lte=0, tax__lte=0), name="credit_note_negative"
            ),
        ]
        indexes = [
            models.Index(
                fields=["issued_at", "id"],
                condition=Q(filed=False),
                name="credit_note_to_file",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class CreditNoteLine(models.Model):
    """What a credit note takes back of one line of the original: negative amounts."""

    credit_note = models.ForeignKey(
        CreditNote, models.PROTECT, related_name="lines", verbose_name=_("credit note")
    )
    position = models.PositiveSmallIntegerField(_("position"))
    line = models.ForeignKey(
        InvoiceLine, models.PROTECT, related_name="credits", verbose_name=_("line")
    )
    net = models.DecimalField(_("net"), **AMOUNT)
    tax = models.DecimalField(_("tax"), **AMOUNT)
    gross = models.DecimalField(_("total"), **AMOUNT)

    class Meta:
        verbose_name = _("credit note line")
        verbose_name_plural = _("credit note lines")
        constraints = [
            models.UniqueConstraint(
                fields=["credit_note", "position"], name="credit_line_position_once"
            ),
            models.UniqueConstraint(fields=["credit_note", "line"], name="credit_line_once"),
            models.CheckConstraint(
                condition=Q(gross=F("net") + F("tax"), gross__lt=0, net__lte=0, tax__lte=0),
                name="credit_line_adds_up",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gross}"


class Release(models.Model):
    """The amount of an item that a credit note line gives back: positive, invoiceable again."""

    line = models.ForeignKey(
        CreditNoteLine, models.PROTECT, related_name="releases", verbose_name=_("line")
    )
    item = models.ForeignKey(
        InvoiceableItem, models.PROTECT, related_name="releases", verbose_name=_("order or bill")
    )
    amount = models.DecimalField(_("amount"), **AMOUNT)

    class Meta:
        verbose_name = _("release")
        verbose_name_plural = _("releases")
        constraints = [
            models.UniqueConstraint(fields=["line", "item"], name="release_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="release_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.amount}"
