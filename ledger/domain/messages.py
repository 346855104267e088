"""What the ledger tells customers, per topic: one subject and one body each, translated when delivered."""

from collections.abc import Mapping

from finance_console.kernel.errors import gettext_noop as _

TEXTS: Mapping[str, tuple[str, str]] = {
    "balance_adjusted": (
        _("Your balance was corrected by %(amount)s"),
        _("Reason: %(reason)s\nSee Income and expenses in the console."),
    ),
    "recharge_received": (
        _("Your recharge of %(amount)s has arrived"),
        _("It is on your balance. Recharges cannot be invoiced, consumption can."),
    ),
    "recharge_after_closing": (
        _("%(amount)s arrived after your account was closed"),
        _("It is on the balance of the closed account. Withdraw it in the console."),
    ),
    "recharge_reversed": (
        _("A recharge of %(amount)s was taken back"),
        _("Reason: %(reason)s\nYour balance is lower by this amount. Ask us if you disagree."),
    ),
    "money_refunded": (
        _("%(total)s for %(number)s is back on your balance"),
        _("Only what was paid in cash comes back. See Income and expenses in the console."),
    ),
    "money_held": (
        _("%(amount)s of your cash is held back"),
        _(
            "Reason: %(reason)s\nIt stays on your balance, but cannot be withdrawn until it is released."
        ),
    ),
    "money_released": (
        _("%(amount)s of your cash is free again"),
        _("It was held back for: %(reason)s"),
    ),
    "bill_overdue": (
        _("The bill %(bill)s is overdue: %(total)s"),
        _("Your balance still does not cover it. Recharge, and it is settled at once."),
    ),
    "funds_expiring": (
        _("%(amount)s of your funds expire on %(ends)s"),
        _("Spend them before: what is left then goes back. Kind of funds: %(fund)s."),
    ),
    "funds_expired": (
        _("%(amount)s of your funds expired"),
        _("They ended on %(ends)s and can no longer be spent. Kind of funds: %(fund)s."),
    ),
    "bill_unsettled": (
        _("The bill %(bill)s could not be settled: %(total)s"),
        _("Your balance does not cover it. It is settled as soon as you recharge."),
    ),
    "order_renewed": (
        _("Your order %(order)s is renewed until %(ends_on)s: %(total)s"),
        _("The new order is %(number)s. It was paid from the balance."),
    ),
    "order_unsubscribed": (
        _("Your order %(order)s is unsubscribed: %(total)s returned"),
        _("The cash of the unused days went back to the balance it was paid from."),
    ),
    "withdrawal_requested": (
        _("Your withdrawal %(withdrawal)s of %(amount)s is being reviewed"),
        _("The amount is set aside. You get a message when it is paid out.\nNot you? Contact us."),
    ),
    "withdrawal_paid": (
        _("Your withdrawal %(withdrawal)s of %(amount)s is paid out"),
        _("Reference of the payment: %(reference)s\nBanks take up to three working days."),
    ),
    "withdrawal_failed": (
        _("Your withdrawal %(withdrawal)s of %(amount)s could not be paid out"),
        _("Reason: %(reason)s\nThe amount is back on your balance."),
    ),
    "withdrawal_rejected": (
        _("Your withdrawal %(withdrawal)s of %(amount)s was rejected"),
        _("Reason: %(reason)s\nThe amount is back on your balance."),
    ),
    "member_transfer_sent": (
        _("%(amount)s moved to %(account)s"),
        _("It left your cash balance for another account of your organization."),
    ),
    "member_transfer_received": (
        _("%(amount)s received from %(account)s"),
        _("Another account of your organization moved it to your cash balance."),
    ),
}
