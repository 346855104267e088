"""Scenarios are told in the language of the scenario runner, line by line, in the test's database.

A line moves the story's clock and runs the jobs that fall due, exactly as `manage.py simulate` does.
"""

import json
from typing import Any

from accounts.models import CustomerAccount
from finance_console.simulation.runner import play_line
from finance_console.simulation.story import SHANGHAI, Story, forget_variants
from invoicing.models import InvoiceApplication
from tests.builders import at
from tests.refusing import fingerprint

ALL = ("baidu", "alibaba", "kingsoft", "standard")
BY_ORDER = ("baidu", "alibaba", "standard")  # kingsoft invoices whole months only (K01)
KEYS = {  # the tax keys of the scenarios: entity, rate
    "S6": ("I1", "0.06"),
    "T6": ("I1", "0.06"),
    "H13": ("I1", "0.13"),
    "M9": ("I2", "0.09"),
    "C6": ("I2", "0.06"),
    "D6": ("I3", "0.06"),
}


class Stage:
    """One story with the invoicing entities and tax keys of the scenarios, and the account "acme"."""

    def __init__(self, profile: str = "standard", start: str = "2026-01-01 00:00", **account: Any):
        self.profile = profile
        self.story = Story(now=at(start))
        for entity in ("I1", "I2", "I3"):
            self.do("entity", ref=entity)
        for ref, (entity, rate) in KEYS.items():
            self.do("tax_key", ref=ref, entity=entity, rate=rate)
        self.do("account", ref="acme", **{"profile": profile, "name": "Acme Ltd"} | account)

    def close(self) -> None:
        forget_variants(self.story)

    def line(self, kind: str, word: str, when: str | None, /, **fields: Any) -> dict[str, Any]:
        if when is not None:
            fields["at"] = when
        return play_line(self.story, json.dumps({kind: word, **fields}))

    def do(self, verb: str, when: str | None = None, /, **fields: Any) -> dict[str, Any]:
        """Play a verb that must succeed; `when` is Shanghai time."""
        answer = self.line("do", verb, when, **fields)
        assert answer.pop("ok", False), answer
        return answer

    def ask(self, question: str, when: str | None = None, /, **fields: Any) -> dict[str, Any]:
        """Ask a question that must be answered."""
        answer = self.line("ask", question, when, **fields)
        assert answer.pop("ok", False), answer
        return answer

    def refused(self, verb: str, when: str | None = None, /, **fields: Any) -> dict[str, Any]:
        """Play a verb that must be refused; nothing may have happened. Returns the refusal."""
        if when is not None:
            self.do("advance", to=when)
        before = fingerprint()
        answer = self.line("do", verb, None, **fields)
        assert "refused" in answer, answer
        assert fingerprint() == before
        return answer

    # Short ways to what nearly every scenario says

    def recharge(self, amount: str, when: str | None = None) -> None:
        self.do("recharge", when, account="acme", amount=amount)

    def order(
        self, ref: str, amount: str, when: str | None = None, **fields: Any
    ) -> dict[str, Any]:
        fields = {"account": "acme", "tax_key": "S6"} | fields
        if "product" in fields:
            del fields["tax_key"]
        return self.do("order", when, ref=ref, amount=amount, **fields)

    def paid_order(self, ref: str, amount: str, when: str | None = None, **fields: Any) -> None:
        """An order with the recharge that pays for it."""
        self.recharge(amount, when)
        self.order(ref, amount, **fields)

    def apply(self, ref: str, when: str | None = None, **fields: Any) -> dict[str, Any]:
        return self.do("apply", when, ref=ref, account="acme", **fields)

    def open(self, when: str | None = None) -> str:
        return self.ask("invoiceable", when, account="acme")["open"]

    def deficit(self) -> str:
        return self.ask("invoiceable", account="acme")["deficit"]

    def waiting(self, when: str | None = None) -> list[tuple[str, str]]:
        """What is not invoiceable yet: reasons and amounts."""
        rows = self.ask("invoiceable", when, account="acme")["waiting"]
        return [(row["reason"], row["amount"]) for row in rows]

    def item(self, of: str) -> dict[str, Any]:
        """The invoiceable item of an order or a bill."""
        return self.item_of("acme", of)

    def item_of(self, account: str, of: str) -> dict[str, Any]:
        """The same of another account."""
        (row,) = (row for row in self.ask("items", account=account)["items"] if row["of"] == of)
        return row

    def faces(self, application: str) -> list[tuple[str, str, str]]:
        """Net, tax and gross of the invoices of an application, in order."""
        refs = self.ask("application", application=application)["invoices"]
        invoices = [self.ask("invoice", invoice=ref) for ref in refs]
        return [(row["net"], row["tax"], row["gross"]) for row in invoices]

    def issue(self, application: str, when: str | None = None) -> None:
        """Reviewed and issued now, whoever would have done it."""
        self.do("approve", when, application=application)
        assert self.do("issue", application=application)["status"] == "issued"

    def invoice_everything(self, ref: str, month: str) -> None:
        """Everything of `month`, asked for as the profile wants it, reviewed and issued."""
        if self.profile == "kingsoft":  # whole months, from the 4th of the next, amount confirmed
            self.do("advance", to=f"{next_month(month)}-04T00:00")
            total = self.open()
            self.apply(ref, method="month", months=[month], confirm_amount=total)
        else:
            self.apply(ref, method="month", months=[month])
        self.issue(ref)

    def clean(self) -> None:
        """Every invariant holds."""
        assert self.ask("audit")["violations"] == 0

    @property
    def customer(self) -> CustomerAccount:
        found: CustomerAccount = self.story.find("account", "acme")
        return found

    def application(self, ref: str) -> InvoiceApplication:
        found: InvoiceApplication = self.story.find("application", ref)
        return found


def next_month(month: str) -> str:
    year, number = map(int, month.split("-"))
    return f"{year + number // 12}-{number % 12 + 1:02d}"


def local(when: str) -> str:
    """A Shanghai time as the story prints it."""
    return at(when).astimezone(SHANGHAI).isoformat()
