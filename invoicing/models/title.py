"""Invoice titles: the buyer's name block, and asking for one that is not the certified name."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition

from accounts.models import CustomerAccount, UploadedFile, User


class InvoiceTitle(models.Model):
    """A buyer's name block that a customer may put on its invoices (B54, A34, K11)."""

    class Type(models.TextChoices):
        ENTERPRISE = "enterprise", _("Enterprise")
        INDIVIDUAL = "individual", _("Individual")
        ORGANIZATION = "organization", _("Organization")

    customer = models.ForeignKey(
        CustomerAccount, models.PROTECT, related_name="titles", verbose_name=_("customer")
    )
    type = models.CharField(_("type"), max_length=12, choices=Type)
    name = models.CharField(_("title"), max_length=100)
    tax_id = models.CharField(_("tax ID"), max_length=20, blank=True)
    address = models.CharField(_("registered address"), max_length=120, blank=True)
    phone = models.CharField(_("registered phone"), max_length=30, blank=True)
    bank = models.CharField(_("bank name"), max_length=100, blank=True)
    bank_account = models.CharField(_("bank account number"), max_length=40, blank=True)
    is_default = models.BooleanField(_("default"), default=False)

    class Meta:
        verbose_name = _("invoice title")
        verbose_name_plural = _("invoice titles")
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=Q(is_default=True), name="title_one_default"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TitleApplication(FSMModelMixin, models.Model):
    """An individual asks to use a company's title, with documents (A09 to A12, C18).

    ::

        SUBMITTED --approve--> APPROVED (the title can be selected)
            | +-----reject---> REJECTED (View Reason, resubmit as a new one) --delete--> DELETED
            +-------delete---> DELETED

    `due_from` and `due_by` are the working days promised for the review (A10).
    """

    class Status(models.TextChoices):
        SUBMITTED = "submitted", _("Being reviewed")
        APPROVED = "approved", _("Approved")
        REJECTED = "rejected", _("Refused")
        DELETED = "deleted", _("Deleted")

    customer = models.ForeignKey(
        CustomerAccount,
        models.PROTECT,
        related_name="title_applications",
        verbose_name=_("customer"),
    )
    status = FSMField(_("status"), default=Status.SUBMITTED, choices=Status.choices, protected=True)
    type = models.CharField(_("type"), max_length=12, choices=InvoiceTitle.Type)
    name = models.CharField(_("title"), max_length=100)
    tax_id = models.CharField(_("tax ID"), max_length=20)
    documents = models.ManyToManyField(
        UploadedFile, related_name="+", blank=True, verbose_name=_("documents")
    )
    idempotency_key = models.CharField(max_length=80, verbose_name=_("key against doing twice"))
    submitted_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("submitted by")
    )
    submitted_at = models.DateTimeField(_("submitted at"))
    due_from = models.DateTimeField(_("reviewed not before"))
    due_by = models.DateTimeField(_("reviewed by"))
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    title = models.OneToOneField(
        InvoiceTitle,
        models.PROTECT,
        null=True,
        related_name="approved_by",
        verbose_name=_("invoice title"),
    )

    class Meta:
        verbose_name = _("title application")
        verbose_name_plural = _("title applications")
        permissions = [("decide_title", _("Can decide title applications"))]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "idempotency_key"], name="title_application_key_once"
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("submitted_by")),
                name="title_application_four_eyes",
            ),
            models.CheckConstraint(
                condition=Q(status="approved", title__isnull=False)
                | ~Q(status="approved") & Q(title=None),
                name="title_when_approved",
            ),
        ]
        indexes = [
            models.Index(fields=["due_by"], condition=Q(status="submitted"), name="title_queue"),
        ]

    def __str__(self) -> str:
        return self.name

    @transition(field=status, source=Status.SUBMITTED, target=Status.APPROVED)
    def approve(self, *, by: User, at: datetime, title: InvoiceTitle) -> None:
        self.decided_by, self.decided_at, self.title = by, at, title

    @transition(field=status, source=Status.SUBMITTED, target=Status.REJECTED)
    def reject(self, *, by: User, at: datetime, reason: str) -> None:
        self.decided_by, self.decided_at, self.reason = by, at, reason

    @transition(field=status, source=[Status.SUBMITTED, Status.REJECTED], target=Status.DELETED)
    def delete_by_customer(self) -> None:
        """The customer no longer wants to see it; the row stays."""
