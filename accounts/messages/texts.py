"""What messages say, per topic: one subject and one body each, translated when delivered."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

TEXTS: Mapping[str, tuple[str, str]] = {
    "account_closed": (
        _("Your account %(account)s is closed"),
        _("Invoices and history stay readable. What is on the balance can still be withdrawn."),
    ),
    "address_changed": (
        _("The mailing address of %(application)s was changed"),
        _("It is now: %(address)s\nYou did not ask for it? Open a ticket."),
    ),
    "copy_granted": (
        _("A copy of your invoice %(invoice)s is ready"),
        _("Download it in the console, in the ticket %(ticket)s. It is marked as a copy."),
    ),
    "proforma_ready": (
        _("Your invoice draft %(number)s is ready: %(total)s"),
        _("Check it in the console, in the ticket %(ticket)s, and confirm it. We seal it then."),
    ),
    "proforma_sealed": (
        _("Your invoice %(number)s is sealed"),
        _("Download the scan in the console, in the ticket %(ticket)s."),
    ),
    "ticket_answered": (
        _("Your ticket %(ticket)s is answered: %(subject)s"),
        _("Read the answer in the console under Tickets, and write back there."),
    ),
    "ticket_closed": (
        _("Your ticket %(ticket)s is closed: %(subject)s"),
        _("If something is still open, write a new ticket."),
    ),
    "balance_adjusted": (
        _("Your balance was corrected by %(amount)s"),
        _("Reason: %(reason)s\nSee Income and expenses in the console."),
    ),
    "certification_approved": (
        _("You are certified as %(name)s"),
        _("Invoices can now carry this name. Check your invoice titles in the console."),
    ),
    "certification_rejected": (
        _("The certification as %(name)s was refused"),
        _("Reason: %(reason)s\nPut it right and resubmit it in the console under Certification."),
    ),
    "title_approved": (
        _("The invoice title %(name)s is approved"),
        _("You can choose it from now on when you ask for an invoice."),
    ),
    "title_rejected": (
        _("The invoice title %(name)s was refused"),
        _("Reason: %(reason)s\nPut it right and resubmit it in the console under Titles."),
    ),
    "application_rejected": (
        _("Your invoice application %(application)s was returned"),
        _(
            "Reason: %(reason)s\nThe amount %(total)s can be invoiced again. Correct and resubmit it."
        ),
    ),
    "invoice_credited": (
        _("Your invoice %(invoice)s is credited: %(amount)s"),
        _("The credit note is %(number)s. The amount can be invoiced again."),
    ),
    "original_returned": (
        _("The original of your invoice %(invoice)s arrived"),
        _("Request its credit note in the console: it is handled when both are here."),
    ),
    "credit_refused": (
        _("The credit of your invoice %(invoice)s was refused"),
        _("Reason: %(reason)s\nThe invoice stays as it was."),
    ),
    "credit_expired": (
        _("The credit of your invoice %(invoice)s was not confirmed in time"),
        _("The confirmation lapsed after 72 hours. The invoice stays as it was; ask again."),
    ),
    "application_cancelled": (
        _("Your invoice application %(application)s was cancelled"),
        _("A refund changed what it was about. Apply again for what is left: %(total)s was asked."),
    ),
    "invoices_issued": (
        _("Your invoices for %(application)s are issued: %(total)s"),
        _("Invoice numbers: %(numbers)s\nDownload them in the console under Invoices."),
    ),
    "invoice_shipped": (
        _("Your paper invoice %(number)s is on its way"),
        _("Tracking number: %(tracking)s\nSending it costs you nothing."),
    ),
    "auto_invoicing_paused": (
        _("Auto-invoicing is paused"),
        _(
            "Your invoice title, your certification or the rules of your account changed. Set it up again in the console;"
            " a month that passes meanwhile can be caught up there."
        ),
    ),
    "auto_invoicing_would_fail": (
        _("Auto-invoicing of %(period)s would not work tomorrow"),
        _("Reason: %(reason)s\nPut it right in the console before it runs, under Auto-invoicing."),
    ),
    "auto_invoicing_failed": (
        _("Auto-invoicing of %(period)s did not work"),
        _("Reason: %(reason)s\nApply by hand in the console, or put it right for next month."),
    ),
    "recharge_received": (
        _("Your recharge of %(amount)s %(currency)s has arrived"),
        _("It is on your balance. Recharges cannot be invoiced, consumption can."),
    ),
    "recharge_after_closing": (
        _("%(amount)s %(currency)s arrived after your account was closed"),
        _("It is on the balance of the closed account. Withdraw it in the console."),
    ),
    "recharge_reversed": (
        _("A recharge of %(amount)s %(currency)s was taken back"),
        _("Reason: %(reason)s\nYour balance is lower by this amount. Ask us if you disagree."),
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


def subject(topic: str, values: Mapping[str, Any]) -> str:
    """One line, in the active language."""
    return gettext(TEXTS[topic][0]) % values


def body(topic: str, values: Mapping[str, Any]) -> str:
    """The rest, in the active language."""
    return gettext(TEXTS[topic][1]) % values
