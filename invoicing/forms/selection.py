"""What a customer selected, as it travels in addresses and hidden fields from step to step."""

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from urllib.parse import urlencode

from django.http import QueryDict

from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import parse_amount
from invoicing.domain.profiles import Policy
from invoicing.models import InvoiceApplication
from invoicing.queries.listings import Filter, claimed_sources
from invoicing.services.asking.terms import Ask

OUT_OF = ("order", "month")
SIGNS = ("positive", "negative")
MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Method and what was ticked or typed. `amount_text` is as typed.

    `by`: out of what an amount is taken, "order" or "month"; "" the oldest of all (A39). `members`: the accounts it covers, by id; () for the own one.
    """

    method: str
    by: str = ""
    sources: tuple[str, ...] = ()
    months: tuple[str, ...] = ()
    amount_text: str = ""
    separate: bool = False
    members: tuple[int, ...] = ()
    by_member: bool = False

    @classmethod
    def read(cls, data: QueryDict, policy: Policy) -> "Selection":
        """The selection in an address or a form; the method is one of the profile's."""
        wanted = data.get("method", "")
        method = wanted if wanted in policy.methods else policy.methods[0]
        by = data.get("by", "") if method == "amount" else ""
        by = by if by in OUT_OF and by in policy.methods else ""
        return cls(
            method=method,
            by=by,
            sources=_once(data.getlist("source")) if "order" in (method, by) else (),
            months=_once(_months(data)) if "month" in (method, by) else (),
            amount_text=_clean(data.get("amount", ""))[:40] if method == "amount" else "",
            separate=method == "month" and data.get("separate") == "on",
            members=tuple(dict.fromkeys(filter(None, map(_id, data.getlist("member"))))),
            by_member=data.get("by_member") == "on",
        )

    @property
    def table(self) -> str:
        """What is shown to choose from: orders, months, or nothing but an amount."""
        return self.by or self.method

    @property
    def start(self) -> list[tuple[str, str]]:
        """Fields of a form in which orders or months are still to be ticked."""
        pairs = [("method", self.method)]
        pairs += [("by", self.by), ("amount", self.amount_text)] if self.by else []
        return pairs + self.account_pairs

    @property
    def start_query(self) -> str:
        """The same as the query of an address."""
        return urlencode(self.start)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """As fields of a form."""
        pairs = [("method", self.method)]
        pairs += [("by", self.by)] if self.by else []
        pairs += [("source", source) for source in self.sources]
        pairs += [("month", month) for month in self.months]
        pairs += [("amount", self.amount_text)] if self.amount_text else []
        pairs += [("separate", "on")] if self.separate else []
        pairs += self.account_pairs
        return pairs

    @property
    def account_pairs(self) -> list[tuple[str, str]]:
        """The accounts, which stay chosen when the method changes."""
        pairs = [("member", str(member)) for member in self.members]
        return pairs + ([("by_member", "on")] if self.by_member else [])

    @property
    def account_query(self) -> str:
        """The accounts as the rest of an address: "" or "&member=..."."""
        return "".join(f"&{name}={value}" for name, value in self.account_pairs)

    @property
    def query(self) -> str:
        """As the query of an address."""
        return urlencode(self.pairs)

    def amount(self, currency: str) -> Decimal | None:
        """The amount typed. Raises `invalid_amount` and, without any, `nothing_selected`."""
        if self.method != "amount":
            return None
        if not self.amount_text:
            raise DomainError("nothing_selected")
        if self.by and not (self.sources or self.months):
            raise DomainError("nothing_selected")
        amount = parse_amount(self.amount_text, currency)
        if amount <= 0:
            raise DomainError("invalid_amount", amount=self.amount_text, currency=currency)
        return amount

    def ask(
        self,
        currency: str,
        *,
        kind: str,
        medium: str | None,
        title_id: int | None,
        model: str,
        remarks: str | None,
        remark_parts: tuple[str, ...] | None,
        recipient_email: str | None,
    ) -> Ask:
        """The wish that the services understand."""
        return Ask(
            method=self.method,
            sources=self.sources,
            months=self.months,
            amount=self.amount(currency),
            separate=self.separate,
            members=self.members,
            by_member=self.by_member and bool(self.members),
            model=model,
            kind=kind,
            medium=medium,
            title_id=title_id,
            remarks=remarks,
            remark_parts=remark_parts,
            recipient_email=recipient_email,
        )


def selected(data: QueryDict, policy: Policy, currency: str) -> Ask:
    """The wish for what a form selects, on the first terms there are. Raises what `Selection.ask` raises."""
    selection = Selection.read(data, policy)
    return selection.ask(
        currency,
        kind=InvoiceApplication.Kind.GENERAL,
        medium=None,
        title_id=None,
        model=InvoiceApplication.Model.BLANK,
        remarks=None,
        remark_parts=None,
        recipient_email=None,
    )


def again(application: InvoiceApplication) -> Selection:
    """The selection that asks for the same once more."""
    same = Selection(
        method=application.method,
        members=tuple(application.members),
        by_member=application.by_member,
    )
    if application.method == InvoiceApplication.Method.AMOUNT:
        return replace(same, amount_text=str(application.total.amount))
    claimed = claimed_sources(application)
    if application.method == InvoiceApplication.Method.MONTH:
        covered = {month for invoice in application.invoices.all() for month in invoice.months}
        return replace(same, months=tuple(sorted(covered)))
    return replace(same, sources=tuple(source for source, _period in claimed))


def read_filter(data: QueryDict) -> Filter:
    """How the list is narrowed; nonsense means all."""
    sign = data.get("sign", "")
    return Filter(
        text=_clean(data.get("q", ""))[:60],
        product=_clean(data.get("product", ""))[:60],
        content=_clean(data.get("content", ""))[:60],
        sign=sign if sign in SIGNS else "",
        entity=_id(data.get("entity", "")),
        first=_month(data.get("first", "")),
        last=_month(data.get("last", "")),
    )


def _id(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _months(data: QueryDict) -> list[str]:
    return [month for month in data.getlist("month") if _month(month)]


def _month(text: str) -> str:
    return text if MONTH.fullmatch(text) else ""


def _once(values: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_clean(value)[:40] for value in values if value))


def _clean(text: str) -> str:
    """Without NUL characters, which PostgreSQL refuses, and without blanks around it."""
    return text.replace("\x00", "").strip()
