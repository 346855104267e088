"""What the ledger says no to, in words a customer understands."""

from collections.abc import Mapping

from finance_console.kernel.errors import Refusal, speak
from finance_console.kernel.errors import gettext_noop as _

REFUSALS: Mapping[str, Refusal | str] = {
    "already_locked": _(
        "The books are already locked through %(day)s; they are never opened again."
    ),
    "already_renewed": _("The order is renewed already by %(number)s."),
    "bank_reference_required": _("Enter the reference of the bank's payment."),
    "bank_reference_used": _(
        "The bank's payment %(reference)s paid %(number)s already. Enter the reference of this payment, or the"
        " account of ours that it left."
    ),
    "below_minimum": _("The smallest amount is %(minimum)s. Choose a larger one."),
    "bill_unknown": _("This customer has no bill and no order %(number)s."),
    "bill_not_settled": _("Its bill is not settled yet. Recharge to settle it."),
    "code_unknown": _("This code does not exist, has expired, or was used already."),
    "code_used": _("You redeemed this code already. Its amount is among your funds."),
    "confirm_amount_changed": Refusal(
        _("The amount is now %(amount)s. Check it and confirm again."), status=409
    ),
    "credit_in_use": _("%(used)s of the credit is in use: the limit cannot be lower."),
    "currency_mismatch": _("The accounts have different currencies: %(one)s and %(other)s."),
    "daily_limit": _(
        "A day allows %(count)s withdrawals and %(amount)s in all. Wait until tomorrow, or ask for less."
    ),
    "explanation_required": _("Say why: it stays in the books."),
    "file_rejected": _("The file was not imported: %(problem)s"),
    "format_unreadable": _(
        "The field %(field)s makes no format. Correct it, and look at the preview."
    ),
    "insufficient_balance": _(
        "The balance is %(balance)s, but %(needed)s is needed. Recharge first."
    ),
    "leaves_too_much": _(
        "Only %(balance)s of the cash can leave the account, and %(needed)s is more. Ask for less."
    ),
    "takes_too_much": _(
        "Only %(balance)s is left of it, and %(needed)s would be taken. Take less, or wait for money to come in."
    ),
    "invalid_term": _(
        "The last day of service lies before the first, or one of the two is missing."
    ),
    "no_certified_account": _(
        "Add your bank account to a title of your certified name first: money leaves only to there."
    ),
    "facts_changed": _(
        "What happened on %(day)s changed since it was compared. Compare it again, look, then sign."
    ),
    "not_its_original": _(
        "That movement is not the one this line takes back: account, reference and amount must fit."
    ),
    "not_incoming": _("No money came in on this line. Say why it is no recharge instead."),
    "not_same_organization": _("Money moves only between accounts of one organization."),
    "not_yours": _("Another account paid for this order. Only that account can unsubscribe it."),
    "over_refund": _("At most %(refundable)s of the cash paid can be refunded."),
    "period_locked": _("The books are locked for that date. Use a later one."),
    "period_not_over": _("%(day)s is not over for every customer yet. Choose an earlier date."),
    "price_changed": _("The price of this order changed since it was paid. Ask sales to renew it."),
    "recharge_reversed": _("This recharge was reversed before."),
    "renewal_first": _("It is renewed by %(number)s. Unsubscribe the renewal first."),
    "route_in_use": _("The product was sold since. A route can begin on %(first)s or later."),
    "term_missing": _("The order has no term that days could be counted in."),
    "term_over": _("The term ended on %(ends_on)s. Nothing is left to return."),
    "too_many_tries": _("Too many wrong codes. Try again in an hour."),
    "withdrawal_held": _("Only %(available)s can leave the account: %(why)s."),
    "wrong_currency": _("The money is in %(currency)s, but the account is kept in %(needed)s."),
}
speak(REFUSALS)
