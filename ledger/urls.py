"""Addresses about money."""

from django.urls import path

from ledger import export_views, fund_views, order_views, payout_views, recharge_views, views

app_name = "ledger"
urlpatterns = [
    path("recharge/", recharge_views.recharge, name="recharge"),
    path("recharge/pay/", recharge_views.pay, name="recharge_pay"),
    path("recharge/account/", recharge_views.dedicated_account, name="dedicated_account"),
    path("recharge/sandbox/<slug:token>/", recharge_views.sandbox, name="sandbox"),
    path("recharge/<slug:token>/", recharge_views.payment, name="payment"),
    path("export/<slug:kind>.csv", export_views.export, name="export"),
    path("funds/", fund_views.funds, name="funds"),
    path("funds/redeem/", fund_views.redeem, name="redeem"),
    path("funds/<int:lot_id>/", fund_views.lot, name="lot"),
    path("statement/", views.statement, name="statement"),
    path("orders/", views.orders, name="orders"),
    path("orders/<int:order_id>/", order_views.order, name="order"),
    path("orders/<int:order_id>/renew/", order_views.renew, name="renew"),
    path("withdrawals/", payout_views.withdrawals, name="withdrawals"),
    path("withdrawals/new/", payout_views.withdraw, name="withdraw"),
    path("transfers/new/", payout_views.member_transfer, name="member_transfer"),
    path("bills/", views.bills, name="bills"),
    path("bills/<int:bill_id>/", views.bill, name="bill"),
]
