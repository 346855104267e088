"""Auto-invoicing: settings per customer, and one run per customer and month."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import CustomerAccount
from invoicing.models.application import InvoiceApplication
from invoicing.models.title import InvoiceTitle
from ledger.models.books import AMOUNT


class AutoInvoicing(models.Model):
    """How a customer wants last month invoiced on the 5th (A22, A54).

    `first_period` is the first month it covers: switching on after a month's run covers the next
    month (SC-97). A change of title or certification pauses it, and so does a
    month that fails because the two differ (A52, A53): `paused_at` says since when,
    and it stays off until it is set up again.
    """

    class PauseReason(models.TextChoices):
        TITLE = "title_changed", _("The title was changed")
        CERTIFICATION = "certification_changed", _("The certification was changed")
        REGISTRATION = "registration_mismatch", _("The title differs from the registration")
        PROFILE = "profile_changed", _("The rules of the account changed")
        CLOSED = "account_closed", _("The account was closed")

    customer = models.OneToOneField(
        CustomerAccount, models.PROTECT, related_name="auto_invoicing", verbose_name=_("customer")
    )
    enabled = models.BooleanField(_("enabled"), default=False)
    first_period = models.CharField(_("first month"), max_length=7)
    title = models.ForeignKey(
        InvoiceTitle, models.PROTECT, related_name="+", verbose_name=_("invoice title")
    )
    kind = models.CharField(_("kind"), max_length=7, choices=InvoiceApplication.Kind)
    medium = models.CharField(_("medium"), max_length=10, choices=InvoiceApplication.Medium)
    recipient_email = models.EmailField(_("recipient email"), blank=True)
    remarks = models.CharField(_("remarks"), max_length=230, blank=True)
    paused_at = models.DateTimeField(_("paused at"), null=True)
    pause_reason = models.CharField(_("why paused"), max_length=22, choices=PauseReason, blank=True)
    changed_at = models.DateTimeField(_("changed at"))

    class Meta:
        verbose_name = _("auto-invoicing settings")
        verbose_name_plural = _("auto-invoicing settings")
        constraints = [
            models.CheckConstraint(
                condition=Q(paused_at=None, pause_reason="")
                | Q(paused_at__isnull=False, enabled=False) & ~Q(pause_reason=""),
                name="auto_paused_is_off",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer} ({self.enabled})"


class AutoInvoicingRun(models.Model):
    """The outcome of auto-invoicing one customer's month: exactly one row, whatever happens."""

    class Result(models.TextChoices):
        ISSUED = "issued", _("Applied for")
        FAILED = "failed", _("Failed")
        NOTHING = "nothing", _("Nothing to invoice")

    customer = models.ForeignKey(
        CustomerAccount,
        models.PROTECT,
        related_name="auto_runs",
        db_index=False,
        verbose_name=_("customer"),
    )
    period = models.CharField(_("month"), max_length=7)
    result = models.CharField(_("result"), max_length=8, choices=Result)
    reason = models.CharField(_("reason"), max_length=40, blank=True)
    total = models.DecimalField(_("total"), **AMOUNT, default=0)
    offer = models.DecimalField(_("reduced amount on offer"), **AMOUNT, default=0)
    application = models.OneToOneField(
        InvoiceApplication, models.PROTECT, null=True, verbose_name=_("application")
    )
    ran_at = models.DateTimeField(_("ran at"))

    class Meta:
        verbose_name = _("auto-invoicing run")
        verbose_name_plural = _("auto-invoicing runs")
        constraints = [
            models.UniqueConstraint(fields=["customer", "period"], name="auto_run_once"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.period} {self.result}"


class AutoInvoicingRehearsal(models.Model):
    """What the run of a month would do, tried the day before in a transaction that is undone."""

    period = models.CharField(_("month"), max_length=7, unique=True)
    rehearsed_at = models.DateTimeField(_("rehearsed at"))
    would_issue = models.PositiveIntegerField(_("would be applied for"))
    would_fail = models.PositiveIntegerField(_("would fail"))
    nothing = models.PositiveIntegerField(_("nothing to invoice"))
    total = models.DecimalField(_("total"), **AMOUNT)
    problems = models.JSONField(_("problems by reason"), default=dict)

    class Meta:
        verbose_name = _("auto-invoicing rehearsal")
        verbose_name_plural = _("auto-invoicing rehearsals")

    def __str__(self) -> str:
        return self.period
