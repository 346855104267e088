"""Certification: the name a customer account is registered under, in versions, and asking for one."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition

from accounts.models.customer import CustomerAccount, User
from accounts.models.uploads import UploadedFile


class Certification(models.Model):
    """One certified identity of a customer. The newest version is the one in force (SC-25).

    A change of name or subject is a new row; rows are never edited, so an invoice issued under
    an older name stays explainable.
    """

    customer = models.ForeignKey(
        CustomerAccount, models.PROTECT, related_name="certifications", verbose_name=_("customer")
    )
    version = models.PositiveIntegerField(_("version"))
    kind = models.CharField(_("kind"), max_length=12, choices=CustomerAccount.Kind)
    name = models.CharField(_("certified name"), max_length=100)
    tax_id = models.CharField(_("tax ID"), max_length=20, blank=True)
    certified_at = models.DateTimeField(_("certified at"))

    class Meta:
        verbose_name = _("certification")
        verbose_name_plural = _("certifications")
        constraints = [
            models.UniqueConstraint(fields=["customer", "version"], name="certification_version"),
        ]

    def __str__(self) -> str:
        return f"{self.name} (v{self.version})"


class CertificationRequest(FSMModelMixin, models.Model):
    """Asking to be certified, or to change the certified name or subject (B28, B52, B53, A07).

    ::

        SUBMITTED --approve--> APPROVED (a new Certification)
            | +-----reject---> REJECTED (with a reason; resubmitting is a new request)
            +-------cancel---> CANCELLED
    """

    class Status(models.TextChoices):
        SUBMITTED = "submitted", _("Being reviewed")
        APPROVED = "approved", _("Certified")
        REJECTED = "rejected", _("Refused")
        CANCELLED = "cancelled", _("Taken back")

    class Change(models.TextChoices):
        FIRST = "first", _("First certification")
        NAME = "name", _("Change of name")
        SUBJECT = "subject", _("Change of subject")

    customer = models.ForeignKey(
        CustomerAccount,
        models.PROTECT,
        related_name="certification_requests",
        verbose_name=_("customer"),
    )
    status = FSMField(_("status"), default=Status.SUBMITTED, choices=Status.choices, protected=True)
    change = models.CharField(_("what changes"), max_length=7, choices=Change)
    kind = models.CharField(_("kind"), max_length=12, choices=CustomerAccount.Kind)
    name = models.CharField(_("certified name"), max_length=100)
    tax_id = models.CharField(_("tax ID"), max_length=20, blank=True)
    documents = models.ManyToManyField(
        UploadedFile, related_name="+", blank=True, verbose_name=_("documents")
    )
    idempotency_key = models.CharField(max_length=80, verbose_name=_("key against doing twice"))
    submitted_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("submitted by")
    )
    submitted_at = models.DateTimeField(_("submitted at"))
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    certification = models.OneToOneField(
        Certification,
        models.PROTECT,
        null=True,
        related_name="request",
        verbose_name=_("certification"),
    )

    class Meta:
        verbose_name = _("certification request")
        verbose_name_plural = _("certification requests")
        permissions = [("decide_certification", _("Can decide certification requests"))]
        constraints = [
            models.UniqueConstraint(
                fields=["customer"],
                condition=Q(status="submitted"),
                name="certification_one_at_a_time",
            ),
            models.UniqueConstraint(
                fields=["customer", "idempotency_key"], name="certification_key_once"
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("submitted_by")),
                name="certification_four_eyes",
            ),
            models.CheckConstraint(
                condition=Q(status="approved", certification__isnull=False)
                | ~Q(status="approved") & Q(certification=None),
                name="certification_when_approved",
            ),
        ]
        indexes = [
            models.Index(
                fields=["submitted_at"],
                condition=Q(status="submitted"),
                name="certification_queue",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.name}"

    @transition(field=status, source=Status.SUBMITTED, target=Status.APPROVED)
    def approve(self, *, by: User | None, at: datetime, certification: Certification) -> None:
        self.decided_by, self.decided_at, self.certification = by, at, certification

    @transition(field=status, source=Status.SUBMITTED, target=Status.REJECTED)
    def reject(self, *, by: User, at: datetime, reason: str) -> None:
        self.decided_by, self.decided_at, self.reason = by, at, reason

    @transition(field=status, source=Status.SUBMITTED, target=Status.CANCELLED)
    def cancel(self, *, at: datetime) -> None:
        self.decided_at = at
