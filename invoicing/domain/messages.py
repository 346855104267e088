"""What invoicing tells customers, per topic: one subject and one body each, translated when delivered."""

from collections.abc import Mapping

from finance_console.kernel.errors import gettext_noop as _

TEXTS: Mapping[str, tuple[str, str]] = {
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
    "deficit_opened": (
        _("What you were refunded for %(number)s was invoiced before: %(amount)s"),
        _(
            "It is a deficit now: until new consumption is offset against it or the invoice is credited, cash is"
            " held back. See Deficits and offsets in the console."
        ),
    ),
    "deficit_ended": (
        _("Your deficits have ended"),
        _("The cash that was held back for them is free again."),
    ),
    "offset_made": (
        _("%(amount)s was offset against your deficits"),
        _("It was not invoiced a second time. See Deficits and offsets in the console."),
    ),
    "offset_undone": (
        _("An offset of %(amount)s was undone"),
        _("The amount can be invoiced again, unless your account is closed."),
    ),
    "invoice_credited": (
        _("Your invoice %(invoice)s is credited: %(amount)s"),
        _(
            "The credit note is %(number)s. The amount can be invoiced again, unless your account is closed."
        ),
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
    "application_taken_back": (
        _("Your invoice application %(application)s was cancelled for you"),
        _(
            "Why: %(reason)s\nThe amount %(total)s can be invoiced again. You did not ask for it? Open a ticket."
        ),
    ),
    "credit_asked_for_you": (
        _("We asked for the credit of your invoice %(invoice)s for you: %(amount)s"),
        _("A second person decides about it. You did not ask for it? Take it back in the console."),
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
            "Your invoice title, your certification or the rules of your account changed, or the title is no longer"
            " your registered name. Set it up again in the console; a month that passes meanwhile can be caught up there."
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
}
