"""Who sells what under which tax key: data that operators keep, except for what issued invoices say.

It lives here and not in the ledger, because only invoicing knows what is issued.
"""

from typing import Any

from django import forms
from django.contrib import admin
from django.forms.models import BaseInlineFormSet
from django.utils.translation import gettext_lazy as _

from accounts.admin.facts import QuickListAdmin
from accounts.forms.paper_fields import BankAccountField, PaperField, PhoneField, PostcodeField
from finance_console.doors.refusals import sentence
from finance_console.kernel.errors import DomainError
from invoicing.admin.entity_pictures import EntityPictures
from invoicing.models import Invoice
from ledger.models import InvoicingEntity, Product, ProductRoute, TaxCategory
from ledger.services.catalogue import require_unsold_from


class FrozenOnceIssued(forms.ModelForm):
    """Refuses to change `frozen` fields of a row that an issued invoice was made with.

    `lookup` leads from an invoice to the row.
    """

    frozen: tuple[str, ...]
    lookup: str

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        changed = [name for name in self.frozen if name in self.changed_data]
        if changed and self.instance.pk and self._is_issued():
            for name in changed:
                self.add_error(
                    name, _("Issued invoices say this. Add a new row instead of changing it.")
                )
        return cleaned

    def _is_issued(self) -> bool:
        invoices = Invoice.objects.filter(**{self.lookup: self.instance})
        return invoices.filter(number__isnull=False).exists()


class EntityForm(FrozenOnceIssued, EntityPictures):
    frozen = ("tax_id", "country")
    lookup = "entity"

    class Meta:
        field_classes = {
            "name": PaperField,
            "address": PaperField,
            "phone": PhoneField,
            "bank": PaperField,
            "bank_account": BankAccountField,
            "return_recipient": PaperField,
            "return_address": PaperField,
            "return_postcode": PostcodeField,
            "return_phone": PhoneField,
        }


class TaxCategoryForm(FrozenOnceIssued):
    frozen = ("entity", "code", "rate")
    lookup = "lines__tax_category"

    class Meta:
        field_classes = {"short_name": PaperField, "content": PaperField}


class ProductForm(forms.ModelForm):
    """Its name stands on proforma invoices and lists of charges."""

    class Meta:
        field_classes = {"name": PaperField}


@admin.register(InvoicingEntity)
class InvoicingEntityAdmin(QuickListAdmin):
    form = EntityForm
    list_display = ("code", "name", "tax_id", "country", "bank")
    list_filter = ("country",)
    search_fields = ("code", "name", "tax_id")
    ordering = ("code",)


@admin.register(TaxCategory)
class TaxCategoryAdmin(QuickListAdmin):
    form = TaxCategoryForm
    list_display = ("code", "short_name", "content", "rate", "entity")
    list_select_related = ("entity",)
    list_filter = ("rate",)
    search_fields = ("code", "short_name", "content", "entity__name")


class RouteFormSet(BaseInlineFormSet):
    """Refuses a route that would change under which key something was sold already."""

    def clean(self) -> None:
        super().clean()
        for form in self.forms:
            if form.has_changed() and form.is_valid():
                self._check(form)

    def _check(self, form: Any) -> None:
        days = {form.initial.get("valid_from"), form.cleaned_data.get("valid_from")}
        for day in sorted(day for day in days if day is not None):
            try:
                require_unsold_from(self.instance, day)
            except DomainError as error:
                raise forms.ValidationError(sentence(error)) from error


class RouteInline(admin.TabularInline):
    """From which day on the product is sold under another key, and by its entity."""

    model = ProductRoute
    formset = RouteFormSet
    fields = ("valid_from", "tax_category")
    raw_id_fields = ("tax_category",)
    ordering = ("valid_from",)
    extra = 0


@admin.register(Product)
class ProductAdmin(QuickListAdmin):
    form = ProductForm
    inlines = (RouteInline,)
    list_display = (
        "sku",
        "name",
        "mode",
        "tax_category",
        "marketplace",
        "self_operated",
        "invoiceable",
    )
    list_select_related = ("tax_category",)
    list_filter = ("mode", "marketplace", "self_operated", "invoiceable")
    search_fields = ("sku", "name")
    raw_id_fields = ("tax_category",)
