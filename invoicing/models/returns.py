"""Paper that comes back by mail."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from invoicing.models.credit import CreditRequest
from invoicing.models.invoice import Invoice


class PaperReturn(models.Model):
    """The original of a paper invoice came back by mail: which forms, when (B19, B20, K17, K19).

    It may arrive before or after the online request; both together are needed (K24).
    """

    invoice = models.ForeignKey(
        Invoice, models.PROTECT, related_name="returns", verbose_name=_("invoice")
    )
    request = models.OneToOneField(
        CreditRequest,
        models.PROTECT,
        null=True,
        related_name="original",
        verbose_name=_("credit request"),
    )
    forms = models.CharField(_("forms"), max_length=40)
    received_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("received by")
    )
    received_at = models.DateTimeField(_("received at"))

    class Meta:
        verbose_name = _("returned original")
        verbose_name_plural = _("returned originals")
        constraints = [
            models.UniqueConstraint(
                fields=["invoice"], condition=Q(request=None), name="return_waits_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.invoice} {self.received_at:%Y-%m-%d}"
