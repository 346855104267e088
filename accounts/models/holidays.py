"""The working-day calendar where it differs from Monday to Friday."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class WorkdayOverride(models.Model):
    """A public holiday, or a Saturday or Sunday on which people work instead (SC-68).

    Operators edit these rows. A year without any row has no data: operators are warned.
    """

    day = models.DateField(_("day"), unique=True)
    works = models.BooleanField(_("working day"), default=False)
    name = models.CharField(_("name"), max_length=60)

    class Meta:
        verbose_name = _("holiday or make-up working day")
        verbose_name_plural = _("holidays and make-up working days")
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"
