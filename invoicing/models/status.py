"""The log of status changes: append-only, written by `services.transitions` alone."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from invoicing.models.application import InvoiceApplication
from invoicing.models.credit import CreditRequest
from invoicing.models.invoice import Invoice


class StatusChange(models.Model):
    """Who moved what from where to where, when and why. No actor: the system did it."""

    application = models.ForeignKey(
        InvoiceApplication,
        models.PROTECT,
        null=True,
        related_name="changes",
        verbose_name=_("application"),
    )
    invoice = models.ForeignKey(
        Invoice, models.PROTECT, null=True, related_name="changes", verbose_name=_("invoice")
    )
    credit_request = models.ForeignKey(
        CreditRequest,
        models.PROTECT,
        null=True,
        related_name="changes",
        verbose_name=_("credit request"),
    )
    before = models.CharField(_("from"), max_length=20, blank=True)
    after = models.CharField(_("to"), max_length=20)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"))
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("status change")
        verbose_name_plural = _("status changes")
        constraints = [
            models.CheckConstraint(
                condition=Q(application__isnull=False, invoice=None, credit_request=None)
                | Q(application=None, invoice__isnull=False, credit_request=None)
                | Q(application=None, invoice=None, credit_request__isnull=False),
                name="status_of_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.before} -> {self.after}"
