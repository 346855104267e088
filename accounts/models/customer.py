"""People, customer accounts, and who may act for which account."""

from zoneinfo import ZoneInfo

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """A person who signs in: a customer's clerk, a reviewer or an operator."""

    language = models.CharField(_("language"), max_length=10, blank=True)


NUMBER = r"^[^\s/.?#%&\\][^\s/?#%&\\]*$"
NO_NUMBERS = ("login", "logout", "language", "theme")
"""A customer number stands in addresses, beside pages that are nobody's (accounts/person_urls.py)."""


class CustomerAccount(models.Model):
    """The customer. Its row is the first lock of every act of money or paper (see docs/map.md)."""

    class Kind(models.TextChoices):
        ENTERPRISE = "enterprise", _("Enterprise")
        INDIVIDUAL = "individual", _("Individual")
        ORGANIZATION = "organization", _("Other organization")

    class Status(models.TextChoices):
        ACTIVE = "active", _("Active")
        CLOSED = "closed", _("Closed")

    code = models.CharField(_("customer number"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.ENTERPRISE)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.ACTIVE)
    region = models.CharField(
        _("region"), max_length=2, default="CN", help_text=_("ISO 3166-1 country code.")
    )
    currency = models.CharField(_("currency"), max_length=3, default="CNY")
    profile = models.CharField(_("policy profile"), max_length=32, default="standard")
    profile_version = models.PositiveSmallIntegerField(_("profile version"), default=1)
    time_zone = models.CharField(_("time zone"), max_length=40, default="Asia/Shanghai")
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="members",
        verbose_name=_("managed by"),
    )
    parent_may_invoice = models.BooleanField(
        _("the managing account may ask for its invoices"), default=True
    )
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    credit_limit = models.DecimalField(
        _("credit limit"), max_digits=18, decimal_places=2, default=0
    )
    created_at = models.DateTimeField(_("created at"))
    users = models.ManyToManyField(
        User, through="Membership", related_name="customers", verbose_name=_("people")
    )

    class Meta:
        verbose_name = _("customer account")
        verbose_name_plural = _("customer accounts")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(credit_limit__gte=0), name="credit_limit_not_negative"
            ),
            models.CheckConstraint(
                condition=models.Q(status="closed", closed_at__isnull=False)
                | ~models.Q(status="closed") & models.Q(closed_at=None),
                name="closed_has_moment",
            ),
            models.CheckConstraint(
                condition=models.Q(code__regex=NUMBER) & ~models.Q(code__in=NO_NUMBERS),
                name="customer_number_fits_an_address",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"

    @property
    def tz(self) -> ZoneInfo:
        """The customer's own clock: months and days of its bills are local to it."""
        return ZoneInfo(self.time_zone)

    @property
    def is_overseas(self) -> bool:
        """Outside mainland China: a proforma instead of a VAT invoice (B13)."""
        return self.region != "CN"

    @property
    def gets_vat_invoices(self) -> bool:
        """A VAT invoice is for customers in mainland China, billed in CNY."""
        return not self.is_overseas and self.currency == "CNY"

    @property
    def is_closed(self) -> bool:
        return self.status == self.Status.CLOSED


class Membership(models.Model):
    """What a person may do for a customer account."""

    class Role(models.TextChoices):
        FINANCE = "finance", _("Finance")
        VIEWER = "viewer", _("Read only")

    user = models.ForeignKey(
        User, models.CASCADE, related_name="memberships", verbose_name=_("person")
    )
    customer = models.ForeignKey(
        CustomerAccount, models.CASCADE, related_name="memberships", verbose_name=_("customer")
    )
    role = models.CharField(_("role"), max_length=8, choices=Role, default=Role.FINANCE)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(fields=["user", "customer"], name="membership_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} - {self.customer} ({self.role})"
