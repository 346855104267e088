"""Messages to customers: the outbox that cannot forget, and the inbox in the console."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.customer import CustomerAccount


class OutboxMessage(models.Model):
    """A message owed to a customer, written in the transaction of the event it tells of.

    Sent means that a channel took it; `nobody_at`, that the customer has no address for the channel.
    A relay leases due rows with SKIP LOCKED and delivers them; `dedup_key` makes an event tell
    itself once per channel (reliability rule 1, SC-122).
    """

    class Channel(models.TextChoices):
        EMAIL = "email", _("Email")
        SMS = "sms", _("Text message")
        INBOX = "inbox", _("Inbox")

    customer = models.ForeignKey(
        CustomerAccount, models.PROTECT, related_name="outbox", verbose_name=_("customer")
    )
    topic = models.CharField(_("topic"), max_length=40)
    channel = models.CharField(_("channel"), max_length=5, choices=Channel)
    dedup_key = models.CharField(
        max_length=120, unique=True, verbose_name=_("key against sending twice")
    )
    values = models.JSONField(_("values"), default=dict)
    created_at = models.DateTimeField(_("created at"))
    due_at = models.DateTimeField(_("due at"))
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    sent_at = models.DateTimeField(_("sent at"), null=True)
    parked_at = models.DateTimeField(_("parked at"), null=True)
    nobody_at = models.DateTimeField(_("nobody to tell since"), null=True)
    problem = models.CharField(_("problem"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("outbox message")
        verbose_name_plural = _("outbox messages")
        constraints = [
            models.CheckConstraint(
                condition=Q(sent_at=None, parked_at=None)
                | Q(sent_at=None, nobody_at=None)
                | Q(parked_at=None, nobody_at=None),
                name="outbox_one_end",
            ),
        ]
        indexes = [
            models.Index(
                fields=["channel", "due_at", "id"],
                condition=Q(sent_at=None, parked_at=None, nobody_at=None),
                name="outbox_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic} / {self.channel}"


class InboxMessage(models.Model):
    """A message as the customer reads it in the console."""

    customer = models.ForeignKey(
        CustomerAccount, models.PROTECT, related_name="inbox", verbose_name=_("customer")
    )
    outbox = models.OneToOneField(
        OutboxMessage, models.PROTECT, related_name="inbox_message", verbose_name=_("message sent")
    )
    topic = models.CharField(_("topic"), max_length=40)
    values = models.JSONField(_("values"), default=dict)
    created_at = models.DateTimeField(_("created at"))
    read_at = models.DateTimeField(_("read at"), null=True)

    class Meta:
        verbose_name = _("inbox message")
        verbose_name_plural = _("inbox messages")
        indexes = [models.Index(fields=["customer", "-id"], name="inbox_newest")]

    def __str__(self) -> str:
        return self.topic
