"""Addresses about money."""

from django.urls import path

from ledger.views import bills, exports, funds, orders, payouts, recharge

app_name = "ledger"
urlpatterns = [
    path("recharge/", recharge.recharge, name="recharge"),
    path("recharge/pay/", recharge.pay, name="recharge_pay"),
    path("recharge/account/", recharge.dedicated_account, name="dedicated_account"),
    path("recharge/sandbox/<slug:token>/", recharge.sandbox, name="sandbox"),
    path("recharge/<slug:token>/", recharge.payment, name="payment"),
    path("recharge/<slug:token>/go/", recharge.go, name="payment_go"),
    path("export/<slug:kind>.csv", exports.export, name="export"),
    path("funds/", funds.funds, name="funds"),
    path("funds/redeem/", funds.redeem, name="redeem"),
    path("funds/<int:lot_id>/", funds.lot, name="lot"),
    path("statement/", bills.statement, name="statement"),
    path("orders/", bills.orders, name="orders"),
    path("orders/<int:order_id>/", orders.order, name="order"),
    path("orders/<int:order_id>/renew/", orders.renew, name="renew"),
    path("withdrawals/", payouts.withdrawals, name="withdrawals"),
    path("withdrawals/new/", payouts.withdraw, name="withdraw"),
    path("transfers/new/", payouts.member_transfer, name="member_transfer"),
    path("bills/", bills.bills, name="bills"),
    path("bills/<int:bill_id>/", bills.bill, name="bill"),
]
