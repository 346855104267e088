"""What invoicing says no to, in words a customer understands."""

from collections.abc import Mapping

from finance_console.kernel.errors import Refusal, Remedy, speak
from finance_console.kernel.errors import gettext_noop as _

TITLES = Remedy("invoicing:titles", _("Titles and recipients"))
CERTIFICATION = Remedy("accounts:certification", _("Certification, change of name or subject"))
DEFICITS = Remedy("invoicing:deficits", _("Deficits and offsets"))
SELECT = Remedy("invoicing:select", _("Select again"))
REFUSALS: Mapping[str, Refusal | str] = {
    "address_fixed": Refusal(
        _(
            "The address cannot be changed here once the application is submitted. Open a ticket with the"
            " new address, the contact person and the phone."
        ),
        ticket="address",
    ),
    "ask_provider": _("%(provider)s sold it and handles its invoices. Ask there: %(url)s"),
    "auto_broken": _(
        "Something went wrong on our side. We are looking into it; try again in the console."
    ),
    "auto_invoicing_off": Refusal(
        _("Auto-invoicing is off. Switch it on first."),
        remedy=Remedy("invoicing:auto", _("Auto-invoicing")),
    ),
    "bill_not_generated": _("It can be invoiced once its bill is generated."),
    "certification_required": Refusal(
        _("Complete the certification of your account first."), remedy=CERTIFICATION
    ),
    "channel_refused": _("The issuing channel refused it: %(problem)s. Try again later."),
    "claimed_by_reviewer": Refusal(
        _("A reviewer is already working on it. Open a ticket to change it."),
        status=409,
        ticket="application",
    ),
    "closing_covered": _(
        "%(manager)s has applied for invoices of this account: %(numbers)s. Wait until they are issued, or have"
        " them taken back there."
    ),
    "closing_unfinished": _(
        "Something is still in work: %(what)s. Finish it or take it back first."
    ),
    "credit_not_repaid": _("It was paid on credit. It can be invoiced once you recharge."),
    "deficit_by_hand": _(
        "%(short)s of %(tax_key)s was refunded after it was invoiced. Offsets are made by hand here: make them"
        " first, then ask again."
    ),
    "deficit_needs_more": _(
        "%(short)s of %(tax_key)s was refunded after it was invoiced, and nothing open covers it. Have that"
        " invoice credited, or buy more under the same tax code."
    ),
    "credit_by_person": _(
        "A person decides about this credit. Request the credit note, and apply again once it is there."
    ),
    "deficit_not_covered": Refusal(
        _(
            "An earlier invoice was refunded. Select at least %(short)s more under %(tax_key)s to offset it."
        ),
        remedy=DEFICITS,
    ),
    "detail_too_long": _(
        "The list has more than %(maximum)s charges, too many for one PDF: download it as CSV."
    ),
    "electronic_only": _("A paper invoice must come back first. Ask for its return."),
    "enterprise_certification_required": Refusal(
        _("Special VAT invoices need an enterprise certification."), remedy=CERTIFICATION
    ),
    "form_required": _(
        "The buyer has booked or certified this invoice: enter the number of the confirmation form."
    ),
    "form_used": _(
        "The confirmation form %(number)s was used for another credit. Enter the number of the form for this invoice."
    ),
    "forms_incomplete": _("The returned invoice is not complete. Missing: %(missing)s."),
    "freight_collect": _("Parcels that we would have to pay for are refused. Prepay the postage."),
    "full_credit_only": _("It can only be credited in full: %(amount)s."),
    "insufficient_amount": _("Only %(available)s can be invoiced, but the month is %(total)s."),
    "insufficient_by": _(
        "At most %(available)s can be invoiced. That is %(short)s less than you entered."
    ),
    "insufficient_invoiceable": _("At most %(available)s can be invoiced."),
    "kind_not_allowed": _("This kind of invoice is not offered to your account."),
    "marketplace_wait": _("Marketplace purchases can be invoiced from %(available_at)s."),
    "medium_not_allowed": _("This invoice is not offered in this form. Choose: %(media)s."),
    "member_closed": _("The account %(member)s is closed. Leave it out."),
    "member_not_permitted": _(
        "%(member)s does not let the managing account ask for its invoices. Leave it out, or have it allowed."
    ),
    "method_not_allowed": _("This account does not invoice by %(method)s. Choose: %(methods)s."),
    "month_already_invoiced": Refusal(
        _("%(month)s is already invoiced: one invoice per month."), status=409, remedy=SELECT
    ),
    "month_goes_on": _(
        "%(month)s is already invoiced: one invoice per month. The %(amount)s that is open goes with %(later)s."
    ),
    "next_statement": _(
        "Its month is already invoiced. It can be invoiced with a later statement from %(available_at)s."
    ),
    "no_address": Refusal(
        _("Paper invoices go by courier: add a mailing address first."),
        remedy=Remedy("invoicing:address_add", _("Add a mailing address")),
    ),
    "no_recipient": Refusal(_("Add a recipient email first."), remedy=TITLES),
    "not_beneficiary": _("It was paid for another account, which asks for the invoice itself."),
    "not_credited_at_once": _(
        "Its invoices cannot be credited at once for %(missing)s. Refund it without crediting."
    ),
    "not_eligible": Refusal(
        _("This purchase cannot be invoiced here. Contact sales."), ticket="eligibility"
    ),
    "not_invoiceable_fund": _("It was paid with funds that cannot be invoiced, such as vouchers."),
    "not_payer": _("Another account paid for it. Ask your agent for the invoice."),
    "not_yet_available": _("It can be invoiced from %(available_at)s."),
    "nothing_but_offset": Refusal(
        _(
            "All of it, %(offset)s, goes into earlier refunds, so no invoice is left. It can be offset alone."
        ),
        remedy=DEFICITS,
    ),
    "nothing_selected": Refusal(
        _("Select at least one order or bill, or enter an amount."), remedy=SELECT
    ),
    "nothing_to_invoice": Refusal(
        _("Nothing can be invoiced yet. Paid orders and settled bills can."),
        remedy=Remedy("ledger:recharge", _("Recharge")),
    ),
    "offset_made_again": _(
        "Under your rules what is open is offset by itself: it would be offset again at once. Have the invoice"
        " behind the deficit credited instead."
    ),
    "offset_used": _("Invoices were made around this offset. It can no longer be undone."),
    "over_credit": _("At most %(left)s of this invoice can still be credited."),
    "overseas_proforma_only": Refusal(
        _("Accounts outside mainland China receive a proforma invoice instead."),
        remedy=Remedy("ledger:bills", _("Monthly bills")),
    ),
    "paper_only": _("Only paper invoices are sent. Download this one instead."),
    "partial_not_allowed": _("Whole monthly statements only: the amount must be %(amount)s."),
    "plan_changed": Refusal(
        _(
            "What can be invoiced changed since you looked. It is now %(total)s:"
            " %(difference)s compared with what you saw."
        ),
        status=409,
    ),
    "plan_changed_inside": _(
        "This changed since you looked: %(what)s. The total is %(total)s, as before."
    ),
    "profile_date_past": _("Choose the day it starts: today or a later one."),
    "profile_date_taken": _(
        "Version %(version)s of this profile starts on the same day. Choose another day, or drop that one."
    ),
    "profile_range": _("%(key)s: choose a number from %(least)s to %(most)s."),
    "profile_unchanged": _("The customer has these rules already."),
    "profile_unknown": _("There is no profile %(profile)s in force. Choose another one."),
    "profile_value": _("%(key)s: %(problem)s."),
    "registration_mismatch": Refusal(
        _(
            "The title %(title)s differs from your registration %(certified)s. Choose another title."
        ),
        remedy=TITLES,
    ),
    "remarks_too_long": _("Remarks hold %(limit)s characters at most."),
    "resource_pending": _("It can be invoiced once the resources are created."),
    "title_fixed": Refusal(
        _(
            "This title was approved as it is: its name and tax ID stay. Apply for another one instead."
        ),
        remedy=TITLES,
    ),
    "title_in_use": Refusal(
        _("It is still used: %(uses)s. Choose another one there first."),
        remedy=Remedy("invoicing:auto", _("Auto-invoicing")),
    ),
    "title_incomplete": Refusal(_("The invoice title lacks: %(missing)s."), remedy=TITLES),
    "title_mismatch": Refusal(
        _("The title %(title)s differs from your certification %(certified)s."),
        remedy=CERTIFICATION,
    ),
    "title_missing": Refusal(_("Add an invoice title first."), remedy=TITLES),
    "title_needless": _("No approval is needed: add the title, and choose it when you apply."),
    "title_not_approved": Refusal(
        _(
            "The company title %(title)s is not approved for your account. Apply for it with documents."
        ),
        remedy=Remedy("invoicing:title_apply", _("Apply for a corporate title")),
    ),
    "title_only_individuals": _(
        "Only individuals apply for a company's title. A company changes its certification instead."
    ),
    "title_waiting": _("This title is being reviewed already. We write to you when it is decided."),
    "tracking_invalid": _("A tracking number has 4 to 40 letters, digits and dashes."),
    "tracking_required": _("Enter the tracking number of the courier first."),
    "withdraw_never": _(
        "It cannot be taken back before it is issued. Once you have the invoice, return it; or open a ticket."
    ),
}
WORDS: Mapping[str, str] = {
    "order": _("order"),
    "month": _("month"),
    "amount": _("amount"),
    "auto-invoicing": _("auto-invoicing"),
    "electronic": _("electronic"),
    "paper": _("paper"),
    "pending applications": _("pending applications"),
    "unsettled bills": _("unsettled bills"),
    "withdrawals": _("withdrawals"),
    "the invoices": _("the invoices"),
    "the title": _("the title"),
    "the type of invoice": _("the type of invoice"),
    "the model column": _("the model column"),
    "invoice": _("the invoice form"),
    "deduction": _("the deduction form"),
    "rejection": _("the invoice rejection certificate"),
}
"""Codes that stand in the values of a sentence, as words."""

speak(REFUSALS, WORDS)
