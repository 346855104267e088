"""Invoice titles: the buyer's name block."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import CustomerAccount


class InvoiceTitle(models.Model):
    """A buyer's name block that a customer may put on its invoices (B54, A34, K11)."""

    class Type(models.TextChoices):
        ENTERPRISE = "enterprise", _("Enterprise")
        INDIVIDUAL = "individual", _("Individual")
        ORGANIZATION = "organization", _("Organization")

    customer = models.ForeignKey(CustomerAccount, models.PROTECT, related_name="titles")
    type = models.CharField(_("type"), max_length=12, choices=Type)
    name = models.CharField(_("title"), max_length=100)
    tax_id = models.CharField(_("tax ID"), max_length=20, blank=True)
    address = models.CharField(_("registered address"), max_length=120, blank=True)
    phone = models.CharField(_("registered phone"), max_length=30, blank=True)
    bank = models.CharField(_("bank name"), max_length=100, blank=True)
    bank_account = models.CharField(_("bank account number"), max_length=40, blank=True)
    is_default = models.BooleanField(_("default"), default=False)

    class Meta:
        verbose_name = _("invoice title")
        verbose_name_plural = _("invoice titles")
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=Q(is_default=True), name="title_one_default"
            ),
        ]

    def __str__(self) -> str:
        return self.name
