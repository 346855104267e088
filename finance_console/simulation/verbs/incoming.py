"""Money that comes in: recharges, online payments and what their channel says, bank statements."""

import csv
import io
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from accounts.models import CustomerAccount
from finance_console.kernel.errors import DomainError
from finance_console.simulation.language import (
    Answer,
    Read,
    choice,
    day,
    list_of,
    mapping,
    new_ref,
    number,
    optional,
    required,
    text,
    thing,
    verb,
)
from finance_console.simulation.story import SHANGHAI, Malformed, Story, fresh, yuan
from finance_console.simulation.verbs.money import amount_of
from finance_console.simulation.verbs.staff import CONTROLLER, controller, staff
from ledger import channels
from ledger.channels.sandbox import Sandbox
from ledger.domain import bank_csv
from ledger.models import BankLine, Payment, Recharge
from ledger.queries.balances import fund_balances
from ledger.services.bank import deciding, importing
from ledger.services.bank.judging import Outcome
from ledger.services.recharges import online, reversing
from ledger.services.recharges import receiving as recharges
from ledger.services.recharges.dedicated import assign_dedicated_account

OUR_ACCOUNT = "62000000000000009"
CLERK = "bank clerk"
LINE: Mapping[str, Read] = {
    "reference": text,
    "amount": number,
    "booked_on": day,
    "payer": text,
    "into": thing("account"),
    "remittance": text,
}


@verb(
    "recharge",
    account=required(thing("account")),
    amount=required(number),
    ref=optional(new_ref),
)
def recharge(story: Story, *, account: CustomerAccount, amount: Decimal, ref: str | None) -> Answer:
    if ref:
        story.require_new("recharge", ref)
    made = recharges.record_recharge(
        customer=account,
        amount=amount_of(amount, account),
        channel=Recharge.Channel.BANK_TRANSFER,
        reference=story.number("R"),
        at=story.now,
    )
    if ref:
        story.name("recharge", ref, made)
    return _balance(account)


def _balance(account: CustomerAccount) -> Answer:
    return {"balance": yuan(fund_balances(account)["cash"])}


@verb(
    "reverse_recharge",
    recharge=optional(thing("recharge")),
    payment=optional(thing("payment")),
    line=optional(thing("bank_line")),
    reason=optional(text, "It was credited by mistake."),
    by=optional(text, CONTROLLER),
)
def reverse_recharge(
    story: Story,
    *,
    recharge: Recharge | None,
    payment: Payment | None,
    line: BankLine | None,
    reason: str,
    by: str,
) -> Answer:
    """The recharge that a line named, or that a payment or a bank line became."""
    named = [name for name in (recharge, payment, line) if name is not None]
    if len(named) != 1:
        raise Malformed('name one of "recharge", "payment" and "line"')
    wrong = named[0] if isinstance(named[0], Recharge) else named[0].recharge
    if wrong is None:
        raise DomainError("not_found")
    reversing.reverse_recharge(
        recharge=wrong, reason=reason, by=controller(story, by), at=story.now
    )
    return _balance(wrong.customer)


@verb(
    "payment",
    ref=required(new_ref),
    account=required(thing("account")),
    amount=required(number),
)
def payment(story: Story, *, ref: str, account: CustomerAccount, amount: Decimal) -> Answer:
    """Asked for online; nobody has paid yet."""
    story.require_new("payment", ref)
    asked = online.start_payment(
        customer=account,
        amount=amount_of(amount, account),
        channel="sandbox",
        key=story.number("PAY"),
        at=story.now,
    )
    story.name("payment", ref, asked)
    return {"status": asked.status}


@verb(
    "payment_callback",
    payment=required(thing("payment")),
    outcome=optional(choice("paid", "failed"), "paid"),
    event=optional(text),
)
def payment_callback(story: Story, *, payment: Payment, outcome: str, event: str | None) -> Answer:
    """The channel says what became of it: now, late, twice (the same `event`), or never."""
    channel = channels.get(payment.channel)
    assert isinstance(channel, Sandbox)
    headers, body = channel.call(
        event_id=f"{payment.token}/{event or story.number('EV')}"[:80],
        payment=payment,
        outcome=outcome,
        at=story.now,
    )
    taken = online.take_callback(channel=payment.channel, headers=headers, body=body, at=story.now)
    return {"status": taken.status, **_balance(payment.customer)}


def _line(value: Any, story: Story) -> Mapping[str, Any]:
    """One movement of our bank account; `into` is the customer whose dedicated account was paid."""
    given = mapping(value, story)
    if not {"reference", "amount"} <= given.keys() <= LINE.keys():
        raise Malformed(f"a line has {', '.join(LINE)}; the first two are needed")
    return {name: LINE[name](given[name], story) for name in given}


@verb(
    "bank_statement",
    lines=required(list_of(_line)),
    currency=optional(text, "CNY"),
)
def bank_statement(story: Story, *, lines: Sequence[Mapping[str, Any]], currency: str) -> Answer:
    """Imports a statement of our bank with these lines; how many became what."""
    file = io.StringIO(newline="")
    rows = csv.DictWriter(file, bank_csv.REQUIRED + bank_csv.OPTIONAL, lineterminator="\n")
    rows.writeheader()
    rows.writerows(_row(story, line, currency) for line in lines)
    statement, report = importing.import_statement(
        name=story.number("STMT"),
        stream=io.BytesIO(file.getvalue().encode()),
        by=staff(story, CLERK, "add_bankstatement"),
        at=story.now,
    )
    for line in statement.lines.all():
        story.name("bank_line", _name(line, story), line)
    always = (Outcome.MATCHED, Outcome.UNMATCHED, Outcome.OUTGOING, Outcome.DUPLICATE)
    return {
        str(outcome): count
        for outcome, count in report.counts.items()
        if count or outcome in always
    }


def _name(line: BankLine, story: Story) -> str:
    """What a story calls a line: its reference; `B3/2` for the second one that has it."""
    reference = line.reference.removeprefix(story.prefix)
    before = BankLine.objects.filter(
        account=line.account, reference=line.reference, pk__lt=line.pk
    ).count()
    return f"{reference}/{before + 1}" if before else reference


def _row(story: Story, line: Mapping[str, Any], currency: str) -> Mapping[str, str]:
    owner = line.get("into")
    return {
        "account": OUR_ACCOUNT,
        "currency": currency,
        "reference": story.prefix + line["reference"],
        "booked_on": f"{line.get('booked_on', story.now.astimezone(SHANGHAI).date())}",
        "amount": f"{line['amount']:f}",
        "payer": line.get("payer", ""),
        "payer_account": "",
        "paid_into": assign_dedicated_account(customer=owner).number if owner else "",
        "remittance": line.get("remittance", ""),
    }


@verb(
    "match_line",
    line=required(thing("bank_line")),
    account=required(thing("account")),
)
def match_line(story: Story, *, line: BankLine, account: CustomerAccount) -> Answer:
    by = staff(story, CLERK, "change_bankline")
    deciding.match_line(line=line, customer=account, by=by, at=story.now)
    return {"status": fresh(line).status, **_balance(account)}


@verb("ignore_line", line=required(thing("bank_line")), reason=required(text))
def ignore_line(story: Story, *, line: BankLine, reason: str) -> Answer:
    by = staff(story, CLERK, "change_bankline")
    deciding.ignore_line(line=line, reason=reason, by=by, at=story.now)
    return {"status": fresh(line).status}
