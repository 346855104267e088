"""What messages say, per topic: one subject and one body each, translated when delivered."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

TEXTS: Mapping[str, tuple[str, str]] = {
    "application_rejected": (
        _("Your invoice application %(application)s was returned"),
        _(
            "Reason: %(reason)s\nThe amount %(total)s can be invoiced again. Correct and resubmit it."
        ),
    ),
    "invoices_issued": (
        _("Your invoices for %(application)s are issued: %(total)s"),
        _("Invoice numbers: %(numbers)s\nDownload them in the console under Invoices."),
    ),
    "auto_invoicing_failed": (
        _("Auto-invoicing of %(period)s did not work"),
        _("Reason: %(reason)s\nApply by hand in the console, or put it right for next month."),
    ),
    "bill_unsettled": (
        _("The bill %(bill)s could not be settled: %(total)s"),
        _("Your balance does not cover it. It is settled as soon as you recharge."),
    ),
}


def subject(topic: str, values: Mapping[str, Any]) -> str:
    """One line, in the active language."""
    return gettext(TEXTS[topic][0]) % values


def body(topic: str, values: Mapping[str, Any]) -> str:
    """The rest, in the active language."""
    return gettext(TEXTS[topic][1]) % values
