"""The keys of a profile in plain words, in groups, each with the requirement row it comes from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from finance_console.kernel.writing import money

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Key:
    """A key of `Policy`: what it decides, more about it, and the rows of the requirements."""

    name: str
    words: Words
    source: str
    help: Words = ""


NONE = _("Leave it empty where there is no such rule.")
GROUPS: tuple[tuple[Words, tuple[Key, ...]], ...] = (
    (
        _("When consumption can be invoiced"),
        (
            Key("prepaid_trigger", _("Prepaid orders can be invoiced"), "C03"),
            Key("postpaid_strategy", _("Postpaid bills can be invoiced"), "C01"),
            Key(
                "postpaid_hour",
                _("Hour from which, on the next day"),
                "B07",
                _("0 to 23; only for bills that wait for the day after payment."),
            ),
            Key("bill_day", _("Day on which the bill of last month is made"), "A18, K05"),
            Key("settlement", _("Usage is billed"), "C01"),
            Key("overdue_days", _("Days after which an unsettled bill is overdue"), "C01"),
            Key("eligible", _("What can be invoiced at all"), "C02"),
            Key("eligible_after", _("Delivered after this day"), "K08", NONE),
            Key("invoiceable_funds", _("Funds that can be invoiced"), "C22"),
            Key(
                "spending_order",
                _("Order in which funds are spent"),
                "C22",
                _("All five, with commas: voucher, coupon, rebate, gift, cash."),
            ),
            Key("third_party_paid_right", _("What somebody else paid is invoiced by"), "C28"),
        ),
    ),
    (
        _("How to ask"),
        (
            Key("certified_first", _("Only certified customers can ask"), "C21"),
            Key("methods", _("Ways to ask for invoices"), "C09"),
            Key("partial_amounts", _("A part of what is open may be asked for"), "A21, A39"),
            Key(
                "max_requests_per_month",
                _("Applications for one month"),
                "C08",
                _("1, or empty for any number."),
            ),
            Key("confirm_amount", _("The customer confirms the amount once more"), "K12"),
        ),
    ),
    (
        _("What comes out"),
        (
            Key("media", _("Media of an invoice"), "C04, C05"),
            Key("caps", _("Largest amount of one invoice"), "C06", NONE),
            Key("cap_basis", _("The largest amount counts"), "D06"),
            Key("split_strategy", _("How an amount above it is split"), "D05"),
        ),
    ),
    (
        _("Review, withdrawing and promises"),
        (
            Key("review_mode", _("Applications are reviewed"), "C15"),
            Key("auto_review_minutes", _("Minutes before an automatic approval"), "B42"),
            Key("auto_review_promise_minutes", _("Minutes promised for it"), "B42"),
            Key("review_days", _("Working days promised for a review by people"), "B43"),
            Key("cancel_window", _("A customer can withdraw its application"), "C10"),
            Key("issue_after_minutes", _("Minutes from approval to issuing"), "B59"),
            Key("issue_target_minutes", _("Minutes promised for issuing"), "C16", NONE),
            Key("issue_breach_hours", _("Hours until an e-invoice is late"), "C16", NONE),
            Key("issue_breach_days", _("Working days until an e-invoice is late"), "C16", NONE),
            Key("paper_issue_days", _("Working days promised for a paper invoice"), "C17", NONE),
            Key("paper_ship_days", _("Days promised until it is sent"), "C17", NONE),
            Key("paper_ship_count", _("These are"), "C17"),
            Key("paper_ship_from", _("They count from"), "C17"),
            Key("credit_decision", _("A credit that a customer asks for is decided by"), "D22"),
            Key("credit_promise_minutes", _("Minutes promised where the system decides"), "A30"),
            Key("credit_days", _("Working days promised where a person decides"), "D22"),
            Key(
                "rejection_certificate",
                _("A special paper invoice comes back with a rejection certificate"),
                "B20, C14",
            ),
        ),
    ),
    (
        _("Whose name stands on it"),
        (
            Key("individual_title", _("An individual's title of a company"), "C18"),
            Key("enterprise_title", _("An enterprise's title"), "C19"),
            Key(
                "title_review_days",
                _("Working days promised for the review of a title"),
                "A10",
                _("Two numbers: from and to. Leave both empty where there is no review."),
            ),
        ),
    ),
    (
        _("Marketplace"),
        (
            Key("marketplace_wait_days", _("Days to wait after delivery"), "C27", NONE),
            Key("marketplace_issue_days", _("Working days a provider has to issue"), "A47", NONE),
            Key(
                "marketplace_provider_from",
                _("The provider invoices from this day on"),
                "C27",
                _("Leave it empty where the provider always does."),
            ),
        ),
    ),
    (
        _("After a refund of something invoiced"),
        (
            Key("offset_key", _("New consumption offsets it when these are the same"), "C24"),
            Key("offset_timing", _("It is offset"), "C25"),
            Key("deficit_gate", _("Until then, new invoices must cover it for"), "C23"),
            Key("withdraw_block", _("Until then, what cannot be withdrawn"), "C23"),
        ),
    ),
    (
        _("Auto-invoicing and remarks"),
        (
            Key(
                "auto_invoice_day",
                _("Day of the month on which it runs"),
                "C29",
                _("Leave it empty where there is none."),
            ),
            Key("default_remarks", _("Ticked at first among the remarks"), "A44"),
            Key("remark_words", _("Words that a person has to review"), "A45", _("With commas.")),
        ),
    ),
    (
        _("What customers read"),
        (
            Key(
                "labels",
                _("Word for"),
                "B18, A27",
                _("Translated where the console knows the word."),
            ),
        ),
    ),
)
KEYS: Mapping[str, Key] = {key.name: key for _title, keys in GROUPS for key in keys}

ENTRIES: Mapping[str, Words] = {
    "electronic": _("electronic"),
    "paper": _("paper"),
    "general": _("general invoices"),
    "special": _("special invoices"),
    "pending_approval": _("an application that is reviewed"),
    "approved": _("an approved application"),
    "rejected": _("a returned application"),
    "withdrawn": _("a withdrawn application"),
    "planned": _("an invoice to be issued"),
    "failed": _("an invoice that could not be issued"),
    "dropped": _("an invoice that was given up"),
    "issued": _("an issued invoice"),
    "shipped": _("a shipped invoice"),
    "received": _("a received invoice"),
    "crediting": _("an invoice that is being credited"),
    "credited": _("a credited invoice"),
}
"""Parts of keys that have several values."""

FUNDS: Mapping[str, Words] = {
    "voucher": _("voucher"),
    "coupon": _("coupon"),
    "rebate": _("rebate"),
    "gift": _("gift"),
    "cash": _("cash"),
}
CHOICES: Mapping[str, Mapping[str, Words]] = {
    "prepaid_trigger": {
        "paid_and_delivered": _("once paid and delivered"),
        "paid": _("once paid"),
        "statement": _("after the statement of the month"),
    },
    "postpaid_strategy": {
        "next_day": _("on the day after payment"),
        "bill_settled": _("once the bill is settled"),
        "statement_after": _("on the day after the bill was made"),
    },
    "settlement": {"monthly": _("by month"), "daily": _("by day")},
    "eligible": {
        "all": _("everything"),
        "subscription_after": _("only prepaid products that were delivered"),
    },
    "third_party_paid_right": {"payer": _("who paid"), "beneficiary": _("who uses it")},
    "methods": {"order": _("by order"), "month": _("by month"), "amount": _("by amount")},
    "cap_basis": {"gross": _("with tax"), "net": _("without tax")},
    "split_strategy": {
        "auto": _("full invoices and a rest, balanced when the rest would be tiny"),
        "greedy": _("full invoices and a rest"),
        "balanced": _("into equal parts"),
    },
    "review_mode": {
        "auto_if_title_matches": _("automatically when the title is the certified name"),
        "auto": _("automatically"),
        "manual": _("by people"),
    },
    "cancel_window": {
        "until_claimed": _("until a reviewer works on it"),
        "until_issued": _("until it is issued"),
        "never": _("never"),
    },
    "credit_decision": {"system": _("the system"), "person": _("a person")},
    "paper_ship_count": {"calendar": _("calendar days"), "working": _("working days")},
    "paper_ship_from": {"issued": _("the issuing"), "submitted": _("the application")},
    "individual_title": {
        "free": _("is free to choose"),
        "after_approval": _("is for those whose documents were approved"),
    },
    "enterprise_title": {
        "must_match": _("must be the certified name"),
        "free": _("is free to choose"),
    },
    "offset_key": {
        "entity_code_rate": _("company, tax code and rate"),
        "entity_rate": _("company and rate"),
    },
    "offset_timing": {
        "eager": _("as soon as there is new consumption"),
        "on_request": _("with the next application"),
        "manual": _("when somebody presses the button"),
    },
    "deficit_gate": {
        "account": _("the whole account"),
        "entity": _("the same company"),
        "tax_key": _("the same company, tax code and rate"),
    },
    "withdraw_block": {"all": _("the whole balance"), "deficit_amount": _("the amount refunded")},
    "invoiceable_funds": FUNDS,
    "spending_order": FUNDS,
    "media": {"electronic": _("electronic"), "paper": _("paper")},
    "default_remarks": {
        "address_phone": _("address and phone"),
        "bank_account": _("bank and account number"),
    },
}
"""What the values of a key mean; other values are shown as they are."""


def key_words(name: str, entry: str = "") -> str:
    """What a key, or one entry of it, decides."""
    key = KEYS.get(name)
    words = str(key.words) if key else name
    return f"{words} ({ENTRIES.get(entry, entry)})" if entry else words


def value_words(name: str, value: Any) -> str:
    """A value as people say it, in the active language."""
    if value is None or value == ():
        return gettext("none")
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, frozenset):
        return value_words(name, tuple(sorted(value)))
    if name == "title_review_days":
        return gettext("%(least)s to %(most)s") % {"least": value[0], "most": value[1]}
    if isinstance(value, tuple):
        return ", ".join(value_words(name, part) for part in value)
    if isinstance(value, Decimal):
        return money(value)
    if isinstance(value, date):
        return value.isoformat()
    if name == "labels":
        return gettext(value)
    return str(CHOICES.get(name, {}).get(str(value), value))
