"""Controlling the books: manual adjustments by two people, and the daily reconciliation."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition

from accounts.models import CustomerAccount, User
from ledger.models.books import AMOUNT, LedgerAccount, Transfer


class Adjustment(FSMModelMixin, models.Model):
    """A correction of a fund by hand, asked for by one person and approved by another.

    ::

        REQUESTED --approve--> POSTED
            +-----reject-----> REJECTED
    """

    class Status(models.TextChoices):
        REQUESTED = "requested", _("Requested")
        POSTED = "posted", _("Posted")
        REJECTED = "rejected", _("Rejected")

    customer = models.ForeignKey(
        CustomerAccount, models.PROTECT, related_name="adjustments", verbose_name=_("customer")
    )
    fund = models.CharField(_("fund"), max_length=10, choices=LedgerAccount.Bucket)
    amount = models.DecimalField(_("amount"), **AMOUNT)
    currency = models.CharField(_("currency"), max_length=3)
    reason = models.CharField(_("reason"), max_length=300)
    status = FSMField(_("status"), default=Status.REQUESTED, choices=Status.choices, protected=True)
    requested_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("asked for by")
    )
    requested_at = models.DateTimeField(_("requested at"))
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True)
    transfer = models.OneToOneField(
        Transfer, models.PROTECT, null=True, related_name="adjustment", verbose_name=_("posted as")
    )

    class Meta:
        verbose_name = _("manual adjustment")
        verbose_name_plural = _("manual adjustments")
        permissions = [("control_books", _("Can adjust, lock and reconcile the books"))]
        constraints = [
            models.CheckConstraint(condition=~Q(amount=0), name="adjustment_not_zero"),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("requested_by")),
                name="adjustment_four_eyes",
            ),
            models.CheckConstraint(
                condition=Q(status="posted", transfer__isnull=False)
                | ~Q(status="posted") & Q(transfer=None),
                name="adjustment_posted_has_transfer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}: {self.reason}"

    @transition(field=status, source=Status.REQUESTED, target=Status.POSTED)
    def approve(self, *, by: User, at: datetime, transfer_id: int) -> None:
        self.decided_by, self.decided_at, self.transfer_id = by, at, transfer_id

    @transition(field=status, source=Status.REQUESTED, target=Status.REJECTED)
    def reject(self, *, by: User, at: datetime) -> None:
        self.decided_by, self.decided_at = by, at


class Reconciliation(models.Model):
    """One day compared: what the ledger, the bank and the bills say came in and was charged.

    `gaps` names each difference. A second person signs it off, with a note for what differs.
    A day whose facts change is compared again; a signature on the older facts is then void.
    """

    day = models.DateField(_("day"))
    currency = models.CharField(_("currency"), max_length=3)
    recharged = models.DecimalField(_("recharges in the ledger"), **AMOUNT)
    banked = models.DecimalField(_("recharges at bank and channel"), **AMOUNT)
    charged = models.DecimalField(_("charges"), **AMOUNT)
    earned = models.DecimalField(_("revenue in the ledger"), **AMOUNT)
    totals = models.JSONField(_("totals per bucket"), default=dict)
    gaps = models.JSONField(_("gaps"), default=list)
    made_at = models.DateTimeField(_("made at"))
    note = models.CharField(_("note"), max_length=300, blank=True)
    explained_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("explained by")
    )
    signed_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("signed by")
    )
    signed_at = models.DateTimeField(_("signed off at"), null=True)
    void_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("void signature of")
    )
    void_at = models.DateTimeField(_("void since"), null=True)

    class Meta:
        verbose_name = _("daily reconciliation")
        verbose_name_plural = _("daily reconciliations")
        constraints = [
            models.UniqueConstraint(fields=["day", "currency"], name="reconciliation_once"),
            models.CheckConstraint(
                condition=Q(signed_by=None)
                | Q(explained_by=None)
                | ~Q(signed_by=F("explained_by")),
                name="reconciliation_four_eyes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.currency}"
