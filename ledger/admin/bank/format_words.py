"""What the fields of a bank's format are called, and what is meant."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

LABELS: Mapping[str, str | Promise] = {
    "name": _("Name"),
    "encodings": _("Encodings"),
    "delimiter": _("Between columns"),
    "decimal": _("Decimal mark"),
    "thousands": _("Mark between thousands"),
    "dates": _("How days are written"),
    "currency": _("Currency"),
    "currency_column": _("Column: currency"),
    "currencies": _("Words for currencies"),
    "account_label": _("Label of our account above the header"),
    "account_column": _("Column: our account"),
    "booked_on": _("Column: booking day"),
    "amount": _("Column: amount with its sign"),
    "money_in": _("Column: money in"),
    "money_out": _("Column: money out"),
    "direction": _("Column: direction"),
    "incoming": _("Words for money in"),
    "outgoing": _("Words for money out"),
    "unmoved": _("Words for neither"),
    "status": _("Column: status"),
    "statuses_booked": _("Words with which money moved"),
    "statuses_unmoved": _("Words with which no money moved"),
    "reference": _("Columns: the bank's reference"),
    "identity": _("Columns: what tells lines apart without a reference"),
    "payer": _("Column: payer"),
    "payer_account": _("Column: payer's account"),
    "paid_into": _("Column: dedicated account that was paid into"),
    "remittance": _("Columns: remittance information"),
    "balance": _("Column: balance after the line"),
    "empty": _("Words for nothing"),
    "skips": _("Beginnings of rows to leave out"),
}
HELP: Mapping[str, str | Promise] = {
    "encodings": _("Tried in this order: utf-8 | gb18030 | windows-1252 …"),
    "dates": _("Such as YYYY-MM-DD | YYYYMMDD | DD.MM.YYYY hh:mm:ss"),
    "currency": _("Where no column says it."),
    "currencies": _("Such as 人民币=CNY | RMB=CNY"),
    "amount": _("Or the two columns of money in and money out."),
    "identity": _("Such as time | balance."),
    "statuses_booked": _("Other words are refused, never guessed; word* means all that begin so."),
    "skips": _("Such as totals below the lines."),
}
GROUPS: tuple[tuple[str | Promise, tuple[str, ...]], ...] = (
    (_("The file"), ("name", "encodings", "delimiter", "skips", "empty")),
    (_("Amounts and days"), ("booked_on", "dates", "amount", "money_in", "money_out", "decimal", "thousands", "balance")),
    (_("Direction and status"), ("direction", "incoming", "outgoing", "unmoved", "status", "statuses_booked", "statuses_unmoved")),
    (_("Account and currency"), ("account_label", "account_column", "currency", "currency_column", "currencies")),
    (_("Who, and what for"), ("payer", "payer_account", "paid_into", "remittance", "reference", "identity")),
)  # fmt: skip
