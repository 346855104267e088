"""What the built-in sandbox channel remembers, as a real tax platform would."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SandboxReceipt(models.Model):
    """The sandbox has issued this serial under this number: asked again, it says so again."""

    serial = models.CharField(_("serial"), max_length=40, unique=True)
    number = models.CharField(_("number"), max_length=20, unique=True)
    issued_at = models.DateTimeField(_("issued at"))

    class Meta:
        verbose_name = _("sandbox receipt")
        verbose_name_plural = _("sandbox receipts")

    def __str__(self) -> str:
        return self.serial
