"""What is sold, by which company, under which tax key."""

from django.core.validators import URLValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ledger.domain.naming import printed_name


class InvoicingEntity(models.Model):
    """A company that sells and invoices. Known by its tax ID, never by its name (A26)."""

    code = models.CharField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=100)
    tax_id = models.CharField(_("tax ID"), max_length=20, unique=True)
    country = models.CharField(_("country"), max_length=2, default="CN")
    address = models.CharField(_("address"), max_length=200, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    bank = models.CharField(_("bank"), max_length=100, blank=True)
    bank_account = models.CharField(_("bank account"), max_length=40, blank=True)
    return_recipient = models.CharField(
        _("returns are received by"),
        max_length=100,
        blank=True,
        help_text=_(
            "A desk, not a person. Where these are empty, returns go to the company's own address."
        ),
    )
    return_address = models.CharField(_("address for returns"), max_length=200, blank=True)
    return_postcode = models.CharField(_("postcode for returns"), max_length=10, blank=True)
    return_phone = models.CharField(_("phone for returns"), max_length=40, blank=True)
    electronic = models.BooleanField(_("issues electronic invoices"), default=True)
    paper = models.BooleanField(_("issues paper invoices"), default=True)
    support_url = models.CharField(
        _("where to ask"),
        max_length=200,
        blank=True,
        validators=[URLValidator(("https", "http"))],
        help_text=_("For marketplace providers: customers ask them, not us."),
    )
    logo = models.BinaryField(_("logo"), blank=True, default=b"")
    seal = models.BinaryField(_("seal"), blank=True, default=b"")

    class Meta:
        verbose_name = _("invoicing entity")
        verbose_name_plural = _("invoicing entities")

    def __str__(self) -> str:
        return self.name

    @property
    def return_to(self) -> str:
        """Where originals are mailed to: recipient, address with postcode, phone (K22)."""
        street = self.return_address or self.address
        where = f"{street} {self.return_postcode}".strip()
        who, phone = self.return_recipient or self.name, self.return_phone or self.phone
        return ", ".join(filter(None, (who, where, phone)))

    @property
    def media(self) -> tuple[str, ...]:
        """The media it issues in, electronic before paper (C04)."""
        return ("electronic",) * self.electronic + ("paper",) * self.paper


class TaxCategory(models.Model):
    """A tax key: tax classification code, content and rate under one invoicing entity.

    `short_name` and `content` print as `*short_name*content` on the face. Operators edit these
    rows; they are data, not law.
    """

    entity = models.ForeignKey(
        InvoicingEntity, models.PROTECT, related_name="tax_categories", verbose_name=_("seller")
    )
    code = models.CharField(_("tax classification code"), max_length=19)
    short_name = models.CharField(_("category"), max_length=40, blank=True)
    content = models.CharField(_("content"), max_length=90)
    rate = models.DecimalField(_("tax rate"), max_digits=5, decimal_places=4)

    class Meta:
        verbose_name = _("tax category")
        verbose_name_plural = _("tax categories")
        constraints = [
            models.UniqueConstraint(
                fields=["entity", "code", "content", "rate"], name="tax_category_once"
            ),
            models.CheckConstraint(
                condition=Q(rate__gte=0) & Q(rate__lt=1), name="tax_rate_is_a_share"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.content} {self.rate:.0%}"

    @property
    def printed(self) -> str:
        """What the face of an invoice says."""
        return printed_name(self.short_name, self.content)


class Product(models.Model):
    """Something that can be bought. The SKU decides entity and tax key."""

    class Mode(models.TextChoices):
        PREPAID = "prepaid", _("Prepaid")
        POSTPAID = "postpaid", _("Pay as you go")

    sku = models.CharField(_("SKU"), max_length=120, unique=True)
    name = models.CharField(_("name"), max_length=120)
    mode = models.CharField(_("mode"), max_length=8, choices=Mode, default=Mode.PREPAID)
    tax_category = models.ForeignKey(
        TaxCategory, models.PROTECT, related_name="products", verbose_name=_("tax category")
    )
    marketplace = models.BooleanField(_("sold by a marketplace provider"), default=False)
    self_operated = models.BooleanField(_("operated by us"), default=False)
    invoiceable = models.BooleanField(
        _("can be invoiced"),
        default=True,
        help_text=_(
            "Off for what customers cannot invoice here, such as some domain transactions."
        ),
    )

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")

    def __str__(self) -> str:
        return self.name


class ProductRoute(models.Model):
    """From a date on, a product is sold by another entity or under another tax key.

    The route in force is the newest that has begun; without one the product's own tax category
    counts. A product name says nothing: only SKU and date do (A26).
    """

    product = models.ForeignKey(
        Product, models.CASCADE, related_name="routes", verbose_name=_("product")
    )
    tax_category = models.ForeignKey(
        TaxCategory, models.PROTECT, related_name="+", verbose_name=_("tax category")
    )
    valid_from = models.DateField(_("valid from"))

    class Meta:
        verbose_name = _("product route")
        verbose_name_plural = _("product routes")
        constraints = [
            models.UniqueConstraint(fields=["product", "valid_from"], name="route_once_per_day")
        ]

    def __str__(self) -> str:
        return f"{self.product} {self.valid_from}"
