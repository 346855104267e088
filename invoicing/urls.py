"""Addresses about invoices."""

from django.urls import path

from invoicing.views import applications, auto, files, issue, orders, overview, titles

app_name = "invoicing"
urlpatterns = [
    path("", overview.overview, name="overview"),
    path("invoices/new/", issue.select, name="select"),
    path("invoices/new/confirm/", issue.confirm, name="confirm"),
    path("invoices/<int:invoice_id>/<str:number>.pdf", files.invoice_pdf, name="invoice_pdf"),
    path("applications/", applications.applications, name="applications"),
    path("applications/<int:application_id>/", applications.application, name="application"),
    path("applications/<int:application_id>/submitted/", issue.submitted, name="submitted"),
    path("applications/<int:application_id>/withdraw/", applications.withdraw, name="withdraw"),
    path("orders/<int:order_id>/unsubscribe/", orders.unsubscribe, name="unsubscribe"),
    path("bills/<int:bill_id>/proforma/", files.get_proforma, name="get_proforma"),
    path("proformas/<int:proforma_id>/<str:number>.pdf", files.proforma_pdf, name="proforma_pdf"),
    path("titles/", titles.titles, name="titles"),
    path("titles/new/", titles.title_edit, name="title_add"),
    path("titles/<int:title_id>/", titles.title_edit, name="title_edit"),
    path("emails/new/", titles.email_add, name="email_add"),
    path("addresses/new/", titles.address_add, name="address_add"),
    path("auto-invoicing/", auto.auto, name="auto"),
    path("auto-invoicing/on/", auto.auto_on, name="auto_on"),
    path("auto-invoicing/off/", auto.auto_off, name="auto_off"),
]
