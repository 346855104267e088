"""Tickets: what cannot be done alone is asked here, and answered by staff."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition

from accounts.models.customer import CustomerAccount, User
from accounts.models.uploads import UploadedFile


class Ticket(FSMModelMixin, models.Model):
    """A question or a request of a customer (B13, B17, B21, B49, B63, K16, K21).

    ::

        OPEN --answer--> ANSWERED --ask_again--> OPEN
          +----close---> CLOSED <----close----- ANSWERED

    `about` is the number of what it is about: an application, an invoice, an order, a bill.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("Waiting for us")
        ANSWERED = "answered", _("Waiting for you")
        CLOSED = "closed", _("Closed")

    class Topic(models.TextChoices):
        APPLICATION = "application", _("Change or cancel an application")
        ADDRESS = "address", _("Change a mailing address after applying")
        RETURN = "return", _("Return an invoice")
        LOST_INVOICE = "lost_invoice", _("Copy of a lost invoice")
        PROFORMA = "proforma", _("Proforma invoice")
        WAITING = "waiting", _("An invoice takes too long")
        ELIGIBILITY = "eligibility", _("A purchase that cannot be invoiced here")
        OTHER = "other", _("Something else")

    customer = models.ForeignKey(
        CustomerAccount, models.PROTECT, related_name="tickets", verbose_name=_("customer")
    )
    status = FSMField(_("status"), default=Status.OPEN, choices=Status.choices, protected=True)
    topic = models.CharField(_("topic"), max_length=12, choices=Topic)
    subject = models.CharField(_("subject"), max_length=120)
    about = models.CharField(_("about"), max_length=40, blank=True)
    idempotency_key = models.CharField(max_length=80, verbose_name=_("key against doing twice"))
    opened_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("opened by")
    )
    opened_at = models.DateTimeField(_("opened at"))
    changed_at = models.DateTimeField(_("changed at"))
    closed_at = models.DateTimeField(_("closed at"), null=True)

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        permissions = [("answer_ticket", _("Can answer tickets"))]
        constraints = [
            models.UniqueConstraint(fields=["customer", "idempotency_key"], name="ticket_key_once"),
        ]
        indexes = [
            models.Index(fields=["customer", "-id"], name="ticket_newest"),
            models.Index(fields=["changed_at"], condition=Q(status="open"), name="ticket_queue"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """What people call it: T- and the row's number."""
        return f"T-{self.pk:08d}"

    @transition(field=status, source=Status.OPEN, target=Status.ANSWERED)
    def answer(self, *, at: datetime) -> None:
        self.changed_at = at

    @transition(field=status, source=Status.ANSWERED, target=Status.OPEN)
    def ask_again(self, *, at: datetime) -> None:
        self.changed_at = at

    @transition(field=status, source=[Status.OPEN, Status.ANSWERED], target=Status.CLOSED)
    def close(self, *, at: datetime) -> None:
        self.changed_at = self.closed_at = at


class TicketMessage(models.Model):
    """One message of a ticket, by the customer or by staff, with files."""

    ticket = models.ForeignKey(
        Ticket, models.PROTECT, related_name="messages", verbose_name=_("ticket")
    )
    author = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("author")
    )
    from_staff = models.BooleanField(_("from us"))
    text = models.TextField(_("text"), max_length=4000, blank=True)
    files = models.ManyToManyField(
        UploadedFile, related_name="+", blank=True, verbose_name=_("files")
    )
    written_at = models.DateTimeField(_("written at"))
    idempotency_key = models.CharField(max_length=80, verbose_name=_("key against doing twice"))

    class Meta:
        verbose_name = _("ticket message")
        verbose_name_plural = _("ticket messages")
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "idempotency_key"], name="ticket_message_key_once"
            ),
        ]

    def __str__(self) -> str:
        return self.text[:60]
