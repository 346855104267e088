"""The application: a customer asks for invoices."""

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition

from accounts.models import CustomerAccount, User
from invoicing.domain import profiles
from invoicing.models.item import InvoiceableItem
from ledger.models.amounts import MoneyField
from ledger.models.books import AMOUNT
from ledger.models.orders import MONEY


class InvoiceApplication(FSMModelMixin, models.Model):
    """One request for invoices, reviewed as a whole.

    ::

        PENDING_APPROVAL --approve--> APPROVED --complete--> ISSUED --ship--> SHIPPED
              | +---reject----> REJECTED  |                    |                 |
              +-----withdraw--> WITHDRAWN <-withdraw-+         +--credit-> CREDITED <-credit-+

    APPROVED is withdrawn where the profile allows. From ISSUED on it follows its invoices: it is
    SHIPPED and CREDITED when all of them are (D25; what was credited need not be shipped any more).
    `buyer` is the title as it was when asked; `profile`/`profile_version` are the rules it is
    judged under. Claims hold the amounts while it lives.
    """

    class Status(models.TextChoices):
        PENDING_APPROVAL = "pending_approval", _("Pending approval")
        APPROVED = "approved", _("Approved")
        ISSUED = "issued", _("Issued")
        SHIPPED = "shipped", _("Shipped")
        CREDITED = "credited", _("Credited")
        REJECTED = "rejected", _("Returned")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    WHOLE = ("issued", "shipped", "credited")
    """In one of these every invoice has its number."""

    class Method(models.TextChoices):
        ORDER = "order", _("By order")
        MONTH = "month", _("By month")
        AMOUNT = "amount", _("By amount")

    class Kind(models.TextChoices):
        GENERAL = "general", _("General invoice")
        SPECIAL = "special", _("Special invoice")

    class Medium(models.TextChoices):
        ELECTRONIC = "electronic", _("Electronic")
        PAPER = "paper", _("Paper")

    class Source(models.TextChoices):
        CUSTOMER = "customer", _("Customer")
        AUTOMATIC = "automatic", _("Auto-invoicing")
        REISSUE = "reissue", _("Correction of an invoice")

    class Model(models.TextChoices):
        BLANK = "blank", _("Blank")
        NONE = "none", _("None")

    customer = models.ForeignKey(
        CustomerAccount,
        models.PROTECT,
        related_name="applications",
        db_index=False,
        verbose_name=_("customer"),
    )
    status = FSMField(
        _("status"), default=Status.PENDING_APPROVAL, choices=Status.choices, protected=True
    )
    source = models.CharField(_("asked by"), max_length=9, choices=Source, default=Source.CUSTOMER)
    method = models.CharField(_("method"), max_length=6, choices=Method)
    kind = models.CharField(_("kind"), max_length=7, choices=Kind, default=Kind.GENERAL)
    medium = models.CharField(_("medium"), max_length=10, choices=Medium)
    buyer = models.JSONField(_("buyer"))
    recipient_email = models.EmailField(_("recipient email"), blank=True)
    mailing_address = models.CharField(_("mailing address"), max_length=300, blank=True)
    remarks = models.CharField(_("remarks"), max_length=230, blank=True)
    model = models.CharField(_("model field"), max_length=5, choices=Model, default=Model.BLANK)
    members = ArrayField(
        models.BigIntegerField(),
        default=list,
        blank=True,
        verbose_name=_("accounts it covers"),
        help_text=_("Empty: the customer's own alone."),
    )
    by_member = models.BooleanField(_("one invoice per member"), default=False)
    corrects = models.OneToOneField(
        "invoicing.Invoice",
        models.PROTECT,
        null=True,
        related_name="corrected_by",
        verbose_name=_("corrects"),
    )
    total = MoneyField(_("total"), **MONEY)
    offset_total = models.DecimalField(_("offset"), **AMOUNT, default=0)
    plan_hash = models.CharField(max_length=64, verbose_name=_("fingerprint of the preview"))
    idempotency_key = models.CharField(max_length=80, verbose_name=_("key against doing twice"))
    fingerprint = models.CharField(max_length=64, verbose_name=_("fingerprint"))
    profile = models.CharField(_("profile"), max_length=32)
    profile_version = models.PositiveSmallIntegerField(_("profile version"))
    title_matches = models.BooleanField(_("title equals certification"))
    submitted_at = models.DateTimeField(_("submitted at"))
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("submitted by"),
    )
    auto_review_at = models.DateTimeField(_("reviewed automatically at"), null=True)
    review_due_at = models.DateTimeField(_("review due"))
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("reviewer"),
    )
    claimed_at = models.DateTimeField(_("opened by reviewer at"), null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    issue_at = models.DateTimeField(_("to be issued at"), null=True)
    issue_target_at = models.DateTimeField(_("expected by"), null=True)
    issue_breach_at = models.DateTimeField(_("late after"), null=True)
    closed_at = models.DateTimeField(_("finished at"), null=True)

    class Meta:
        verbose_name = _("invoice application")
        verbose_name_plural = _("invoice applications")
        permissions = [("review_application", _("Can review invoice applications"))]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "idempotency_key"], name="application_key_once"
            ),
            models.CheckConstraint(condition=Q(total__gte=0), name="application_total"),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=models.F("submitted_by")),
                name="application_four_eyes",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-id"], name="application_newest"),
            models.Index(
                fields=["auto_review_at"],
                condition=Q(status="pending_approval"),
                name="application_auto_review",
            ),
            models.Index(
                fields=["issue_at"], condition=Q(status="approved"), name="application_to_issue"
            ),
            models.Index(
                fields=["issue_breach_at"],
                condition=Q(status="approved"),
                name="application_late",
            ),
            models.Index(
                fields=["review_due_at", "id"],
                condition=Q(status="pending_approval"),
                name="application_queue",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """What people call it: APP- and the row's number."""
        return f"APP-{self.pk:08d}"

    @property
    def status_word(self) -> str:
        """Its status as its billing centre words it (A27, B18)."""
        return self.word_for(self.status)

    def word_for(self, status: str) -> str:
        """What the profile it is judged under calls a status, in the active language."""
        return gettext(profiles.get(self.profile, self.profile_version).labels[status])

    @property
    def account_ids(self) -> list[int]:
        """The accounts to lock, in order: the customer, and all whose consumption it claims."""
        return sorted({self.customer_id, *self.members})

    @property
    def is_claimed(self) -> bool:
        """A reviewer has opened it: the customer can no longer withdraw it alone (D15)."""
        return self.claimed_at is not None

    @transition(field=status, source=Status.PENDING_APPROVAL, target=Status.APPROVED)
    def approve(self, *, by: User | None, at: datetime, issue_at: datetime) -> None:
        self.decided_by, self.decided_at, self.issue_at = by, at, issue_at

    @transition(field=status, source=Status.PENDING_APPROVAL, target=Status.REJECTED)
    def reject(self, *, by: User | None, at: datetime, reason: str) -> None:
        self.decided_by, self.decided_at, self.closed_at, self.reason = by, at, at, reason

    @transition(
        field=status,
        source=[Status.PENDING_APPROVAL, Status.APPROVED],
        target=Status.WITHDRAWN,
    )
    def withdraw(self, *, at: datetime) -> None:
        self.closed_at = at

    @transition(field=status, source=Status.APPROVED, target=Status.ISSUED)
    def complete(self, *, at: datetime) -> None:
        self.closed_at = at

    @transition(field=status, source=Status.ISSUED, target=Status.SHIPPED)
    def ship(self) -> None:
        """The last of its invoices was sent."""

    @transition(field=status, source=[Status.ISSUED, Status.SHIPPED], target=Status.CREDITED)
    def credit(self) -> None:
        """The last of its invoices was credited."""


class Claim(models.Model):
    """An amount of an item that one line of one invoice is made of."""

    line = models.ForeignKey(
        "invoicing.InvoiceLine",
        models.PROTECT,
        related_name="claims",
        db_index=False,
        verbose_name=_("line"),
    )
    item = models.ForeignKey(
        InvoiceableItem, models.PROTECT, related_name="claims", verbose_name=_("order or bill")
    )
    amount = models.DecimalField(_("amount"), **AMOUNT)

    class Meta:
        verbose_name = _("claim")
        verbose_name_plural = _("claims")
        constraints = [
            models.UniqueConstraint(fields=["line", "item"], name="claim_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="claim_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.amount}"
