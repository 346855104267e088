"""Forms that were sent, so that saying a thing twice does it once."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.customer import CustomerAccount, User


class Submission(models.Model):
    """A form that did something, under the key it carried; written in the transaction of what it did.

    The database lets nobody change it afterwards. A form of staff has no customer.
    """

    customer = models.ForeignKey(
        CustomerAccount,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="submissions",
        verbose_name=_("customer"),
    )
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("by"))
    key = models.CharField(_("key against doing twice"), max_length=64)
    fingerprint = models.CharField(
        _("fingerprint"), max_length=64, help_text=_("SHA-256 of what was sent, and where.")
    )
    answer = models.CharField(_("answer"), max_length=500, help_text=_("Where it led."))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("submission")
        verbose_name_plural = _("submissions")
        constraints = [
            models.UniqueConstraint(fields=["key"], name="submission_key_once"),
        ]

    def __str__(self) -> str:
        return self.key
