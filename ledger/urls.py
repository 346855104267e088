"""Addresses about money."""

from django.urls import path

from ledger import views

app_name = "ledger"
urlpatterns = [
    path("statement/", views.statement, name="statement"),
    path("orders/", views.orders, name="orders"),
    path("bills/", views.bills, name="bills"),
    path("bills/<int:bill_id>/", views.bill, name="bill"),
]
