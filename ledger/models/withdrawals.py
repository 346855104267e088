"""Money going out, money held, money moved between members of an organization."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition

from accounts.models import CustomerAccount, User
from ledger.models.amounts import MoneyField
from ledger.models.books import AMOUNT, Transfer
from ledger.models.orders import MONEY


class Hold(models.Model):
    """Money of a customer that cannot be withdrawn, and why. Placed and lifted, never deleted.

    `amount` null holds everything. `source` names what it is for, once.
    """

    customer = models.ForeignKey(
        CustomerAccount, models.PROTECT, related_name="holds", verbose_name=_("customer")
    )
    currency = models.CharField(_("currency"), max_length=3)
    amount = models.DecimalField(_("amount"), **AMOUNT, null=True)
    reason = models.CharField(_("reason"), max_length=40)
    source = models.CharField(_("held for"), max_length=80)
    placed_at = models.DateTimeField(_("placed at"))
    lifted_at = models.DateTimeField(_("lifted at"), null=True)

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        constraints = [
            models.CheckConstraint(condition=Q(amount=None) | Q(amount__gt=0), name="hold_amount"),
            models.UniqueConstraint(
                fields=["customer", "source"], condition=Q(lifted_at=None), name="hold_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.amount}"


class Withdrawal(FSMModelMixin, models.Model):
    """A customer asks for cash back.

    ::

        REQUESTED --review--> REVIEWING --pay--> PAID
            |                     | +---fail--> FAILED     (the bank refused: money is back)
            +--reject--> REJECTED <-reject-+               (money is back)

    The amount is frozen from the request on. Above the profile's threshold two different people
    review it.
    """

    class Status(models.TextChoices):
        REQUESTED = "requested", _("Requested")
        REVIEWING = "reviewing", _("Reviewing")
        PAID = "paid", _("Paid out")
        FAILED = "failed", _("Failed, money returned")
        REJECTED = "rejected", _("Rejected, money returned")

    class Route(models.TextChoices):
        ORIGINAL = "original", _("To where it came from")
        BANK = "bank", _("To the certified bank account")

    customer = models.ForeignKey(
        CustomerAccount, models.PROTECT, related_name="withdrawals", verbose_name=_("customer")
    )
    amount = MoneyField(_("amount"), **MONEY)
    route = models.CharField(_("route"), max_length=8, choices=Route)
    destination = models.JSONField(_("destination"), default=list)
    status = FSMField(_("status"), default=Status.REQUESTED, choices=Status.choices, protected=True)
    idempotency_key = models.CharField(max_length=80, verbose_name=_("key against doing twice"))
    requested_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("asked for by")
    )
    requested_at = models.DateTimeField(_("requested at"))
    reviewed_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("reviewed by")
    )
    reviewed_at = models.DateTimeField(_("reviewed at"), null=True)
    released_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("released by")
    )
    finished_at = models.DateTimeField(_("finished at"), null=True)
    bank_reference = models.CharField(_("bank reference"), max_length=80, blank=True)
    paid_from = models.CharField(_("paid from our account"), max_length=40, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    freeze = models.OneToOneField(
        Transfer, models.PROTECT, related_name="+", verbose_name=_("frozen by")
    )
    settlement = models.OneToOneField(
        Transfer, models.PROTECT, null=True, related_name="+", verbose_name=_("settled by")
    )

    class Meta:
        verbose_name = _("withdrawal")
        verbose_name_plural = _("withdrawals")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="withdrawal_positive"),
            models.UniqueConstraint(
                fields=["customer", "idempotency_key"], name="withdrawal_key_once"
            ),
            models.CheckConstraint(
                condition=(Q(reviewed_by=None) | ~Q(reviewed_by=F("requested_by")))
                & (Q(released_by=None) | ~Q(released_by=F("requested_by"))),
                name="withdrawal_four_eyes",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["requested", "reviewing"], settlement=None)
                | Q(status__in=["paid", "failed", "rejected"], settlement__isnull=False),
                name="withdrawal_finished_is_settled",
            ),
            models.UniqueConstraint(
                fields=["paid_from", "bank_reference"],
                condition=~Q(bank_reference=""),
                name="withdrawal_bank_reference_once",
            ),
            models.CheckConstraint(
                condition=~Q(status="paid") | ~Q(bank_reference=""),
                name="withdrawal_paid_has_reference",
            ),
        ]
        indexes = [models.Index(fields=["customer", "-id"], name="withdrawal_newest")]

    def __str__(self) -> str:
        return f"WD-{self.pk:08d}"

    @transition(field=status, source=Status.REQUESTED, target=Status.REVIEWING)
    def review(self, *, by: User, at: datetime) -> None:
        self.reviewed_by, self.reviewed_at = by, at

    @transition(field=status, source=Status.REVIEWING, target=Status.PAID)
    def pay(
        self, *, by: User, at: datetime, reference: str, paid_from: str, settlement_id: int
    ) -> None:
        self.released_by, self.finished_at = by, at
        self.bank_reference, self.paid_from = reference, paid_from
        self.settlement_id = settlement_id

    @transition(field=status, source=Status.REVIEWING, target=Status.FAILED)
    def fail(self, *, at: datetime, reason: str, settlement_id: int) -> None:
        self.finished_at, self.reason, self.settlement_id = at, reason, settlement_id

    @transition(field=status, source=[Status.REQUESTED, Status.REVIEWING], target=Status.REJECTED)
    def reject(self, *, by: User, at: datetime, reason: str, settlement_id: int) -> None:
        self.released_by, self.finished_at = by, at
        self.reason, self.settlement_id = reason, settlement_id


class MemberTransfer(models.Model):
    """Cash moved between two accounts of one organization: one transfer out, one in."""

    giver = models.ForeignKey(
        CustomerAccount, models.PROTECT, related_name="+", verbose_name=_("from account")
    )
    taker = models.ForeignKey(
        CustomerAccount, models.PROTECT, related_name="+", verbose_name=_("to account")
    )
    amount = MoneyField(_("amount"), **MONEY)
    moved_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("moved by")
    )
    moved_at = models.DateTimeField(_("moved at"))
    transfer_out = models.OneToOneField(
        Transfer, models.PROTECT, related_name="+", verbose_name=_("posted to the giver as")
    )
    transfer_in = models.OneToOneField(
        Transfer, models.PROTECT, related_name="+", verbose_name=_("posted to the receiver as")
    )

    class Meta:
        verbose_name = _("transfer between member accounts")
        verbose_name_plural = _("transfers between member accounts")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="member_transfer_positive"),
            models.CheckConstraint(condition=~Q(giver=F("taker")), name="member_transfer_of_two"),
        ]

    def __str__(self) -> str:
        return f"{self.giver_id} > {self.taker_id}"
