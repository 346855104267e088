"""Refusals: what the rules say no to, in words a customer understands.

Every refusal is a `DomainError` with a stable `code` (scripts and the API read it), a sentence (people read it)
and the values that fill the sentence. Doors translate the sentence; nothing here knows about Django.
"""

from collections.abc import Mapping
from typing import Any


def gettext_noop(message: str) -> str:
    """Mark `message` for translation without translating it: pure code has no language."""
    return message


_ = gettext_noop

SENTENCES: Mapping[str, str] = {
    "account_closed": _("This account is closed. Its invoices stay readable, but it cannot act."),
    "already_locked": _(
        "The books are already locked through %(day)s; they are never opened again."
    ),
    "bank_reference_required": _("Enter the reference of the bank's payment."),
    "already_renewed": _("The order is renewed already by %(number)s."),
    "below_minimum": _("The smallest amount is %(minimum)s. Choose a larger one."),
    "bill_not_generated": _("It can be invoiced once its bill is generated."),
    "bill_not_settled": _("Its bill is not settled yet. Recharge to settle it."),
    "certification_required": _("Complete the certification of your account first."),
    "claimed_by_reviewer": _("A reviewer is already working on it. Open a ticket to change it."),
    "code_unknown": _("This code does not exist, has expired, or was used already."),
    "code_used": _("You redeemed this code already. Its amount is among your funds."),
    "credit_in_use": _("%(used)s of the credit is in use: the limit cannot be lower."),
    "credit_not_repaid": _("It was paid on credit. It can be invoiced once you recharge."),
    "currency_mismatch": _("The accounts have different currencies: %(one)s and %(other)s."),
    "daily_limit": _(
        "A day allows %(count)s withdrawals and %(amount)s in all. Wait until tomorrow, or ask for less."
    ),
    "deficit_not_covered": _(
        "An earlier invoice was refunded. Select at least %(short)s more under %(tax_key)s to offset it."
    ),
    "enterprise_certification_required": _(
        "Special VAT invoices need an enterprise certification."
    ),
    "explanation_required": _("Say why: it stays in the books."),
    "file_rejected": _("The file was not imported: %(problem)s"),
    "four_eyes": _("The person who asked for it cannot also approve it."),
    "insufficient_amount": _("Only %(available)s can be invoiced, but the month is %(total)s."),
    "insufficient_balance": _(
        "The balance is %(balance)s, but %(needed)s is needed. Recharge first."
    ),
    "insufficient_invoiceable": _("At most %(available)s can be invoiced."),
    "invalid_amount": _("%(amount)s is not a valid amount in %(currency)s."),
    "invalid_term": _(
        "The last day of service lies before the first, or one of the two is missing."
    ),
    "irreversible": _("A company cannot become an individual account again."),
    "kind_not_allowed": _("This kind of invoice is not offered to your account."),
    "marketplace_wait": _("Marketplace purchases can be invoiced from %(available_at)s."),
    "medium_not_allowed": _("This invoice is not offered in this form. Choose: %(media)s."),
    "method_not_allowed": _("This account does not invoice by %(method)s. Choose: %(methods)s."),
    "month_already_invoiced": _("%(month)s is already invoiced: one invoice per month."),
    "no_certified_account": _(
        "Add your bank account to a title of your certified name first: money leaves only to there."
    ),
    "no_recipient": _("Add a recipient email or a mailing address first."),
    "not_eligible": _("This purchase cannot be invoiced here. Contact sales."),
    "not_found": _("It does not exist, or it belongs to another account."),
    "not_invoiceable_fund": _("It was paid with funds that cannot be invoiced, such as vouchers."),
    "not_payer": _("Another account paid for it. Ask your agent for the invoice."),
    "not_incoming": _("No money came in on this line. Say why it is no recharge instead."),
    "not_permitted": _("Your role does not allow this."),
    "not_same_organization": _("Money moves only between accounts of one organization."),
    "not_yet_available": _("It can be invoiced from %(available_at)s."),
    "not_yours": _("Another account paid for this order. Only that account can unsubscribe it."),
    "nothing_selected": _("Select at least one order or bill, or enter an amount."),
    "over_refund": _("At most %(refundable)s of the cash paid can be refunded."),
    "overseas_proforma_only": _(
        "Accounts outside mainland China receive a proforma invoice instead."
    ),
    "partial_not_allowed": _("Whole monthly statements only: the amount must be %(amount)s."),
    "period_locked": _("The books are locked for that date. Use a later one."),
    "period_not_over": _("%(day)s is not over for every customer yet. Choose an earlier date."),
    "plan_changed": _(
        "What can be invoiced changed since you looked. It is now %(total)s %(currency)s."
    ),
    "price_changed": _("The price of this order changed since it was paid. Ask sales to renew it."),
    "recharge_reversed": _("This recharge was reversed before."),
    "reason_required": _("Say why, so that the customer can put it right."),
    "reference_conflict": _("The reference %(reference)s was already used for something else."),
    "renewal_first": _("It is renewed by %(number)s. Unsubscribe the renewal first."),
    "resource_pending": _("It can be invoiced once the resources are created."),
    "route_in_use": _("The product was sold since. A route can begin on %(first)s or later."),
    "term_missing": _("The order has no term that days could be counted in."),
    "term_over": _("The term ended on %(ends_on)s. Nothing is left to return."),
    "title_incomplete": _("The invoice title lacks: %(missing)s."),
    "title_mismatch": _("The title %(title)s differs from your certification %(certified)s."),
    "title_missing": _("Add an invoice title first."),
    "remarks_too_long": _("Remarks hold %(limit)s characters at most."),
    "too_many_tries": _("Too many wrong codes. Try again in an hour."),
    "withdrawal_held": _("Only %(available)s can leave the account: %(why)s."),
    "wrong_currency": _("The money is in %(currency)s, but the account is kept in %(needed)s."),
    "wrong_state": _("It is %(state)s, so this is no longer possible."),
    "confirm_amount_changed": _("The amount is now %(amount)s. Check it and confirm again."),
}


class DomainError(Exception):
    """A rule said no and nothing happened.

    `code` is a key of `SENTENCES`; `values` fill the sentence. `str(error)` is the English sentence.
    """

    def __init__(self, code: str, **values: Any) -> None:
        self.code = code
        self.values = values
        super().__init__(self.sentence % values)

    @property
    def sentence(self) -> str:
        """The untranslated sentence with its %-placeholders, the message id for gettext."""
        return SENTENCES[self.code]
