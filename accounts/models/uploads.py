"""Files that customers and staff upload: evidence, certificates, sealed scans."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.customer import CustomerAccount, User


class UploadedFile(models.Model):
    """One uploaded file of a customer, checked by its content and stored under its SHA-256 (R53).

    `name` is what the person called it, for reading only; `content_type` was found in the content.
    """

    class ContentType(models.TextChoices):
        PDF = "application/pdf", "PDF"
        PNG = "image/png", "PNG"
        JPEG = "image/jpeg", "JPEG"

    customer = models.ForeignKey(
        CustomerAccount, models.PROTECT, related_name="uploads", verbose_name=_("customer")
    )
    name = models.CharField(_("file name"), max_length=120)
    content_type = models.CharField(_("kind of file"), max_length=20, choices=ContentType)
    sha256 = models.CharField("SHA-256", max_length=64)
    size = models.PositiveIntegerField(_("size in bytes"))
    uploaded_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("uploaded by")
    )
    uploaded_at = models.DateTimeField(_("uploaded at"))

    class Meta:
        verbose_name = _("uploaded file")
        verbose_name_plural = _("uploaded files")
        constraints = [
            models.CheckConstraint(condition=Q(size__gt=0), name="upload_not_empty"),
        ]

    def __str__(self) -> str:
        return self.name
