"""Where invoices go: mailing addresses for paper, emails for electronic ones."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.customer import CustomerAccount


class Address(models.Model):
    """A mailing address for paper invoices (B48). At most one default per customer."""

    customer = models.ForeignKey(
        CustomerAccount, models.PROTECT, related_name="addresses", verbose_name=_("customer")
    )
    recipient = models.CharField(_("recipient"), max_length=60)
    phone = models.CharField(_("phone"), max_length=30)
    line = models.CharField(_("address"), max_length=200)
    postcode = models.CharField(_("postcode"), max_length=12, blank=True)
    is_default = models.BooleanField(_("default"), default=False)

    class Meta:
        verbose_name = _("mailing address")
        verbose_name_plural = _("mailing addresses")
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=Q(is_default=True), name="address_one_default"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.recipient}, {self.line}"


class RecipientEmail(models.Model):
    """An email address that receives electronic invoices (A59)."""

    customer = models.ForeignKey(
        CustomerAccount, models.PROTECT, related_name="emails", verbose_name=_("customer")
    )
    email = models.EmailField(_("email"))
    is_default = models.BooleanField(_("default"), default=False)

    class Meta:
        verbose_name = _("recipient email")
        verbose_name_plural = _("recipient emails")
        constraints = [
            models.UniqueConstraint(fields=["customer", "email"], name="email_once"),
            models.UniqueConstraint(
                fields=["customer"], condition=Q(is_default=True), name="email_one_default"
            ),
        ]

    def __str__(self) -> str:
        return self.email
