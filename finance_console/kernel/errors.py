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
    "address_fixed": _(
        "The address cannot be changed here once the application is submitted. Open a ticket with the"
        " new address, the contact person and the phone."
    ),
    "already_locked": _(
        "The books are already locked through %(day)s; they are never opened again."
    ),
    "auto_broken": _(
        "Something went wrong on our side. We are looking into it; try again in the console."
    ),
    "auto_invoicing_off": _("Auto-invoicing is off. Switch it on first."),
    "bank_reference_required": _("Enter the reference of the bank's payment."),
    "already_renewed": _("The order is renewed already by %(number)s."),
    "ask_provider": _("%(provider)s sold it and handles its invoices. Ask there: %(url)s"),
    "below_minimum": _("The smallest amount is %(minimum)s. Choose a larger one."),
    "bill_not_generated": _("It can be invoiced once its bill is generated."),
    "bill_not_settled": _("Its bill is not settled yet. Recharge to settle it."),
    "certification_required": _("Complete the certification of your account first."),
    "certification_unchanged": _(
        "You are certified as %(name)s already. Change something, or leave it."
    ),
    "certification_waiting": _(
        "Another certification request is being reviewed. Wait for it, or take it back first."
    ),
    "channel_refused": _("The issuing channel refused it: %(problem)s. Try again later."),
    "changed_meanwhile": _("Something changed since you looked. Check it and send it again."),
    "claimed_by_reviewer": _("A reviewer is already working on it. Open a ticket to change it."),
    "closing_covered": _(
        "%(manager)s has applied for invoices of this account: %(numbers)s. Wait until they are issued, or have"
        " them taken back there."
    ),
    "closing_unfinished": _(
        "Something is still in work: %(what)s. Finish it or take it back first."
    ),
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
    "detail_too_long": _(
        "The list has more than %(maximum)s charges, too many for one PDF: download it as CSV."
    ),
    "electronic_only": _("A paper invoice must come back first. Ask for its return."),
    "enterprise_certification_required": _(
        "Special VAT invoices need an enterprise certification."
    ),
    "explanation_required": _("Say why: it stays in the books."),
    "file_rejected": _("The file was not imported: %(problem)s"),
    "form_required": _(
        "The buyer has booked or certified this invoice: enter the number of the confirmation form."
    ),
    "forms_incomplete": _("The returned invoice is not complete. Missing: %(missing)s."),
    "four_eyes": _("The person who asked for it cannot also approve it."),
    "freight_collect": _("Parcels that we would have to pay for are refused. Prepay the postage."),
    "full_credit_only": _("It can only be credited in full: %(amount)s."),
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
    "materials_missing": _(
        "Materials are missing: add the scanned loss certificate to the ticket."
    ),
    "medium_not_allowed": _("This invoice is not offered in this form. Choose: %(media)s."),
    "member_closed": _("The account %(member)s is closed. Leave it out."),
    "member_not_permitted": _(
        "%(member)s does not let the managing account ask for its invoices. Leave it out, or have it allowed."
    ),
    "method_not_allowed": _("This account does not invoice by %(method)s. Choose: %(methods)s."),
    "month_already_invoiced": _("%(month)s is already invoiced: one invoice per month."),
    "no_certified_account": _(
        "Add your bank account to a title of your certified name first: money leaves only to there."
    ),
    "no_recipient": _("Add a recipient email or a mailing address first."),
    "not_beneficiary": _("It was paid for another account, which asks for the invoice itself."),
    "not_credited_at_once": _(
        "Its invoices cannot be credited at once for %(missing)s. Refund it without crediting."
    ),
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
    "nothing_to_invoice": _("Nothing can be invoiced yet. Paid orders and settled bills can."),
    "offset_used": _("Invoices were made around this offset. It can no longer be undone."),
    "over_credit": _("At most %(left)s of this invoice can still be credited."),
    "over_refund": _("At most %(refundable)s of the cash paid can be refunded."),
    "overseas_proforma_only": _(
        "Accounts outside mainland China receive a proforma invoice instead."
    ),
    "paper_only": _("Only paper invoices are sent. Download this one instead."),
    "partial_not_allowed": _("Whole monthly statements only: the amount must be %(amount)s."),
    "period_locked": _("The books are locked for that date. Use a later one."),
    "period_not_over": _("%(day)s is not over for every customer yet. Choose an earlier date."),
    "plan_changed": _(
        "What can be invoiced changed since you looked. It is now %(total)s %(currency)s:"
        " %(difference)s compared with what you saw."
    ),
    "plan_changed_inside": _(
        "The invoices, the title or the type changed since you looked. It is now %(total)s %(currency)s."
    ),
    "price_changed": _("The price of this order changed since it was paid. Ask sales to renew it."),
    "recharge_reversed": _("This recharge was reversed before."),
    "profile_date_past": _("Choose the day it starts: today or a later one."),
    "profile_date_taken": _(
        "Version %(version)s of this profile starts on the same day. Choose another day, or drop that one."
    ),
    "profile_range": _("%(key)s: choose a number from %(least)s to %(most)s."),
    "profile_unchanged": _("The customer has these rules already."),
    "profile_unknown": _("There is no profile %(profile)s in force. Choose another one."),
    "profile_value": _("%(key)s: %(problem)s."),
    "reason_required": _("Say why, so that the customer can put it right."),
    "reference_conflict": _("The reference %(reference)s was already used for something else."),
    "registration_mismatch": _(
        "The title %(title)s differs from your registration %(certified)s. Choose another title."
    ),
    "renewal_first": _("It is renewed by %(number)s. Unsubscribe the renewal first."),
    "resource_pending": _("It can be invoiced once the resources are created."),
    "route_in_use": _("The product was sold since. A route can begin on %(first)s or later."),
    "tax_id_invalid": _("%(tax_id)s is not a valid tax ID: %(problem)s."),
    "term_missing": _("The order has no term that days could be counted in."),
    "term_over": _("The term ended on %(ends_on)s. Nothing is left to return."),
    "text_missing": _("Write a subject and a message first."),
    "text_too_long": _("At most %(limit)s characters. Shorten it, or put the rest into a file."),
    "title_fixed": _(
        "This title was approved as it is: its name and tax ID stay. Apply for another one instead."
    ),
    "title_in_use": _("It is still used: %(uses)s. Choose another one there first."),
    "title_needless": _("No approval is needed: add the title, and choose it when you apply."),
    "title_not_approved": _(
        "The company title %(title)s is not approved for your account. Apply for it with documents."
    ),
    "title_only_individuals": _(
        "Only individuals apply for a company's title. A company changes its certification instead."
    ),
    "title_waiting": _("This title is being reviewed already. We write to you when it is decided."),
    "title_incomplete": _("The invoice title lacks: %(missing)s."),
    "title_mismatch": _("The title %(title)s differs from your certification %(certified)s."),
    "title_missing": _("Add an invoice title first."),
    "remarks_too_long": _("Remarks hold %(limit)s characters at most."),
    "too_many_files": _(
        "At most %(limit)s files at once. Leave some out, or put them into one PDF."
    ),
    "too_many_uploads": _("A day allows %(limit)s files. Wait until tomorrow, or send fewer."),
    "too_many_tries": _("Too many wrong codes. Try again in an hour."),
    "tracking_invalid": _("A tracking number has 4 to 40 letters, digits and dashes."),
    "tracking_required": _("Enter the tracking number of the courier first."),
    "upload_refused": _("The file %(name)s was not accepted: %(problem)s."),
    "withdrawal_held": _("Only %(available)s can leave the account: %(why)s."),
    "wrong_currency": _("The money is in %(currency)s, but the account is kept in %(needed)s."),
    "withdraw_never": _(
        "It cannot be taken back before it is issued. Once you have the invoice, return it; or open a ticket."
    ),
    "wrong_state": _("It is %(state)s, so this is no longer possible."),
    "confirm_amount_changed": _("The amount is now %(amount)s. Check it and confirm again."),
}


class DomainError(Exception):
    """A rule said no and nothing happened.

    `code` is a key of `SENTENCES`; `values` fill the sentence. `str(error)` is the English sentence.
    Where one code needs other words in some situation, the value `says` is the key of those.
    """

    def __init__(self, code: str, **values: Any) -> None:
        self.code = code
        self.values = values
        super().__init__(self.sentence % values)

    @property
    def sentence(self) -> str:
        """The untranslated sentence with its %-placeholders, the message id for gettext."""
        return SENTENCES[self.values.get("says", self.code)]
