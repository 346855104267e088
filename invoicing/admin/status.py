"""The log of status changes."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.admin.facts import FactAdmin, coded, coded_filter
from invoicing.models import CreditRequest, Invoice, InvoiceApplication, StatusChange

STATES = {
    code: label
    for states in (InvoiceApplication.Status, Invoice.Status, CreditRequest.Status)
    for code, label in states.choices
}
BEFORE, AFTER = coded("before", _("from"), STATES), coded("after", _("to"), STATES)


@admin.register(StatusChange)
class StatusChangeAdmin(FactAdmin):
    list_display = ("at", "application", "invoice", BEFORE, AFTER, "actor", "reason")
    list_select_related = ("application", "invoice", "actor")
    list_filter = (coded_filter("after", _("to"), STATES),)
    coded = {"before": BEFORE, "after": AFTER}
    search_fields = ("=application__id", "invoice__number", "reason")
    customer_through = (
        "application__customer",
        "invoice__application__customer",
        "credit_request__customer",
    )
    numbered = {"APP": "application__id", "CR": "credit_request__id"}
