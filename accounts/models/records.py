"""Who changed what that is not money: addresses after applying, titles, settings. Append-only."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.customer import CustomerAccount, User


class AuditRecord(models.Model):
    """One change by a person or the system, with the values before and after (B49, SC-43, SC-77)."""

    customer = models.ForeignKey(
        CustomerAccount, models.PROTECT, null=True, related_name="audit_records"
    )
    actor = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    action = models.CharField(_("action"), max_length=40)
    about = models.CharField(_("about"), max_length=60)
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("audit record")
        verbose_name_plural = _("audit records")
        indexes = [models.Index(fields=["customer", "-id"], name="record_newest")]

    def __str__(self) -> str:
        return f"{self.action} {self.about}"
