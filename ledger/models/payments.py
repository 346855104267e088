"""Online payments: asked for, redirected, called back."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition

from accounts.models import CustomerAccount
from ledger.models.amounts import MoneyField
from ledger.models.orders import MONEY, Recharge


class Payment(FSMModelMixin, models.Model):
    """One online payment through a payment channel.

    ::

        CREATED --pay--> PAID
          | +---fail---> FAILED --pay--> PAID     (the channel changed its mind: money is money)
          +----expire--> EXPIRED --pay--> PAID    (the callback came late)
    """

    class Status(models.TextChoices):
        CREATED = "created", _("Waiting for payment")
        PAID = "paid", _("Paid")
        FAILED = "failed", _("Failed")
        EXPIRED = "expired", _("Expired")

    customer = models.ForeignKey(
        CustomerAccount, models.PROTECT, related_name="payments", verbose_name=_("customer")
    )
    token = models.CharField(max_length=64, unique=True, verbose_name=_("token"))
    channel = models.CharField(_("channel"), max_length=20)
    amount = MoneyField(_("amount"), **MONEY)
    status = FSMField(_("status"), default=Status.CREATED, choices=Status.choices, protected=True)
    created_at = models.DateTimeField(_("created at"))
    expires_at = models.DateTimeField(_("expires at"))
    paid_at = models.DateTimeField(_("paid at"), null=True)
    recharge = models.OneToOneField(
        Recharge, models.PROTECT, null=True, related_name="payment", verbose_name=_("recharge")
    )

    class Meta:
        verbose_name = _("online payment")
        verbose_name_plural = _("online payments")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_positive"),
            models.CheckConstraint(
                condition=Q(status="paid", recharge__isnull=False, paid_at__isnull=False)
                | ~Q(status="paid") & Q(recharge=None, paid_at=None),
                name="payment_paid_has_recharge",
            ),
        ]
        indexes = [
            models.Index(
                fields=["expires_at"], condition=Q(status="created"), name="payment_waiting"
            )
        ]

    def __str__(self) -> str:
        return self.token

    @transition(
        field=status, source=[Status.CREATED, Status.FAILED, Status.EXPIRED], target=Status.PAID
    )
    def pay(self, *, at: datetime, recharge: Recharge) -> None:
        self.paid_at, self.recharge = at, recharge

    @transition(field=status, source=Status.CREATED, target=Status.FAILED)
    def fail(self) -> None:
        """The channel said that the payment failed."""

    @transition(field=status, source=Status.CREATED, target=Status.EXPIRED)
    def expire(self) -> None:
        """Nobody paid in time."""


class PaymentEvent(models.Model):
    """A call of a payment channel, kept as it came: the same event id counts once."""

    channel = models.CharField(_("channel"), max_length=20)
    event_id = models.CharField(_("event"), max_length=80)
    payment = models.ForeignKey(
        Payment, models.PROTECT, related_name="events", verbose_name=_("payment")
    )
    outcome = models.CharField(_("outcome"), max_length=20)
    received_at = models.DateTimeField(_("received at"))

    class Meta:
        verbose_name = _("payment event")
        verbose_name_plural = _("payment events")
        constraints = [
            models.UniqueConstraint(fields=["channel", "event_id"], name="payment_event_once")
        ]

    def __str__(self) -> str:
        return self.event_id
