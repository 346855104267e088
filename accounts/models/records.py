"""Who changed what that is not money: addresses after applying, titles, settings. Append-only."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.customer import CustomerAccount, User


class AuditRecord(models.Model):
    """One change by a person or the system, with the values before and after (B49, SC-43, SC-77)."""

    class Action(models.TextChoices):
        ACCOUNT_CLOSED = "account_closed", _("account closed")
        ADDRESS_CHANGED = "address_changed", _("address changed")
        AUTO_INVOICING_CHANGED = "auto_invoicing_changed", _("automatic invoicing changed")
        AUTO_INVOICING_RETRIED = "auto_invoicing_retried", _("automatic invoicing tried again")
        FIXED_FIELDS = "fixed_fields", _("attempt to change fixed fields")
        MAILING_ADDRESS = "mailing_address", _("mailing address of an application changed")
        PROFILE_CHANGED = "profile_changed", _("customer moved to another policy profile")
        PROFILE_DROPPED = "profile_dropped", _("policy version dropped")
        PROFILE_IN_FORCE = "profile_in_force", _("policy version in force")
        PROFILE_SCHEDULED = "profile_scheduled", _("policy version scheduled")
        RECIPIENT_DEFAULT = "recipient_default", _("default recipient changed")
        RECIPIENT_DELETED = "recipient_deleted", _("recipient deleted")
        RETRY_ISSUE = "retry_issue", _("issuing tried again")
        TITLE_CHANGED = "title_changed", _("invoice title changed")

    customer = models.ForeignKey(
        CustomerAccount,
        models.PROTECT,
        null=True,
        related_name="audit_records",
        verbose_name=_("customer"),
    )
    actor = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    action = models.CharField(_("action"), max_length=40, choices=Action)
    about = models.CharField(_("about"), max_length=60)
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("audit record")
        verbose_name_plural = _("audit records")
        indexes = [models.Index(fields=["customer", "-id"], name="record_newest")]

    def __str__(self) -> str:
        return f"{self.get_action_display()}: {self.about}"
