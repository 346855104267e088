"""What accounts tell customers, per topic: one subject and one body each, translated when delivered."""

from collections.abc import Mapping

from finance_console.kernel.errors import gettext_noop as _

TEXTS: Mapping[str, tuple[str, str]] = {
    "account_closed": (
        _("Your account %(account)s is closed"),
        _("Invoices and history stay readable. What is on the balance can still be withdrawn."),
    ),
    "ticket_answered": (
        _("Your ticket %(ticket)s is answered: %(subject)s"),
        _("Read the answer in the console under Tickets, and write back there."),
    ),
    "ticket_closed": (
        _("Your ticket %(ticket)s is closed: %(subject)s"),
        _("If something is still open, write a new ticket."),
    ),
    "certification_approved": (
        _("You are certified as %(name)s"),
        _("Invoices can now carry this name. Check your invoice titles in the console."),
    ),
    "certification_rejected": (
        _("The certification as %(name)s was refused"),
        _("Reason: %(reason)s\nPut it right and resubmit it in the console under Certification."),
    ),
}
