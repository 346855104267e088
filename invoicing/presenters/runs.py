"""Why an automatic run failed, in words: the run keeps the code of the refusal, not its values."""

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from finance_console.kernel.errors import SENTENCES

REASONS = {
    "insufficient_amount": _("Less could be invoiced than the month amounted to."),
    "deficit_not_covered": _("An earlier refund was not covered by the month."),
    "title_incomplete": _("The invoice title was incomplete."),
    "title_mismatch": _("The title differed from your certification."),
    "medium_not_allowed": _("This form of invoice was not offered."),
    "month_already_invoiced": _("The month was already invoiced."),
    "below_minimum": _("Nothing was left to invoice after refunds."),
}


def reason_of_run(code: str) -> str:
    """A sentence a customer understands."""
    return gettext(REASONS.get(code) or SENTENCES.get(code, code)) if code else ""
