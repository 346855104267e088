"""The checklist before closing, in words: what is there, what becomes of it, where to deal with it."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext

from finance_console.doors import addresses
from finance_console.doors.wording import in_currency
from finance_console.kernel.money import ZERO
from invoicing.presenters.amounts import waiting_rows
from invoicing.queries.closing import Checklist


@dataclass(frozen=True, slots=True)
class CheckRow:
    """`state`: "stop" has to end first, "care" is given up, "fine" needs nothing."""

    words: str
    value: str
    then: str
    url: str
    state: str


def checklist_rows(checklist: Checklist, currency: str) -> list[CheckRow]:
    """One row per question, in the order in which they are dealt with."""
    return [
        *_in_work(checklist),
        *_invoices(checklist, currency),
        *_money(checklist, currency),
        *_rest(checklist),
    ]


def _in_work(checklist: Checklist) -> list[CheckRow]:
    end = gettext("Finish it or take it back first.")
    pay = gettext("Recharge first: it is settled as soon as the balance covers it.")
    numbers = {
        gettext("Applications in work"): (
            [row.number for row in checklist.applications],
            end,
            addresses.url("invoicing:applications"),
        ),
        gettext("Bills that are not settled"): (
            [row.number for row in checklist.bills],
            pay,
            addresses.url("ledger:recharge"),
        ),
        gettext("Withdrawals on their way"): (
            [str(row) for row in checklist.withdrawals],
            end,
            addresses.url("ledger:withdrawals"),
        ),
    }
    rows = [
        CheckRow(
            words,
            ", ".join(rows) or gettext("none"),
            then if rows else "",
            url if rows else "",
            "stop" if rows else "fine",
        )
        for words, (rows, then, url) in numbers.items()
    ]
    if checklist.covering:
        words = gettext("Applications of the managing account for this one")
        then = gettext("Wait until the invoices are issued, or have it taken back there.")
        covering = ", ".join(row.number for row in checklist.covering)
        rows.append(CheckRow(words, covering, then, "", "stop"))
    return rows


def _invoices(checklist: Checklist, currency: str) -> list[CheckRow]:
    late = gettext("Invoice it before closing: afterwards it cannot be invoiced.")
    select = addresses.url("invoicing:select")
    rows = [_amount(gettext("Invoiceable amount"), checklist.open, late, select, currency)]
    if checklist.marketplace_open:
        words = gettext("Invoiceable marketplace purchases")
        rows.append(_amount(words, checklist.marketplace_open, late, select, currency))
    for row in waiting_rows(list(checklist.waiting)):
        wait = gettext("Invoiceable %(when)s: wait with closing until then.") % {"when": row.when}
        rows.append(_amount(row.words, row.amount, wait, "", currency))
    then = gettext("An invoice covers more than you consumed: have it credited.")
    applications = addresses.url("invoicing:applications")
    rows.append(
        _amount(
            gettext("Refunded after invoicing"),
            checklist.deficit,
            then if checklist.deficit else "",
            applications,
            currency,
        )
    )
    return rows


def _money(checklist: Checklist, currency: str) -> list[CheckRow]:
    cash = checklist.funds.get("cash", ZERO)
    other = sum((amount for fund, amount in checklist.funds.items() if fund != "cash"), ZERO)
    owed = gettext("It is owed: recharge to repay it.")
    stays = gettext("Withdraw it now or later: it stays yours.")
    rows = [
        _amount(
            gettext("Cash balance"),
            cash,
            owed if cash < 0 else stays,
            addresses.url("ledger:withdrawals"),
            currency,
        ),
        _amount(
            gettext("Vouchers, coupons, rebates, gift balance"),
            other,
            gettext("They end with the account."),
            addresses.url("ledger:funds"),
            currency,
        ),
    ]
    if checklist.holds:
        then = gettext("Held money leaves the account once its reason is settled.")
        url = addresses.url("ledger:withdrawals")
        rows.append(CheckRow(gettext("Holds"), str(checklist.holds), then, url, "care"))
    return rows


def _rest(checklist: Checklist) -> list[CheckRow]:
    on = checklist.auto_invoicing
    off = gettext("Closing switches it off; the last month is not invoiced by itself.")
    rows = [
        CheckRow(
            gettext("Auto-invoicing"),
            gettext("On") if on else gettext("Off"),
            off if on else "",
            addresses.url("invoicing:auto") if on else "",
            "care" if on else "fine",
        )
    ]
    for words, count, url in (
        (gettext("Credit notes in work"), checklist.credit_requests, "invoicing:applications"),
        (gettext("Open tickets"), checklist.tickets, "accounts:tickets"),
    ):
        if count:
            then = gettext("Goes on after closing.")
            rows.append(CheckRow(words, str(count), then, addresses.url(url), "fine"))
    return rows


def _amount(words: str, amount: Decimal, then: str, url: str, currency: str) -> CheckRow:
    shown = in_currency(amount, currency)
    if not amount:
        return CheckRow(words, shown, "", "", "fine")
    return CheckRow(words, shown, then, url, "care")
