"""Certification: the name a customer account is registered under, in versions."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.customer import CustomerAccount


class Certification(models.Model):
    """One certified identity of a customer. The newest version is the one in force (SC-25).

    A change of name or subject is a new row; rows are never edited, so an invoice issued under
    an older name stays explainable.
    """

    customer = models.ForeignKey(CustomerAccount, models.PROTECT, related_name="certifications")
    version = models.PositiveIntegerField(_("version"))
    kind = models.CharField(_("kind"), max_length=12, choices=CustomerAccount.Kind)
    name = models.CharField(_("certified name"), max_length=100)
    tax_id = models.CharField(_("tax ID"), max_length=20, blank=True)
    certified_at = models.DateTimeField(_("certified at"))

    class Meta:
        verbose_name = _("certification")
        verbose_name_plural = _("certifications")
        constraints = [
            models.UniqueConstraint(fields=["customer", "version"], name="certification_version"),
        ]

    def __str__(self) -> str:
        return f"{self.name} (v{self.version})"
