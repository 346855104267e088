"""What a customer selected, as it travels in addresses and hidden fields from step to step."""

import re
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlencode

from django.http import QueryDict

from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import parse_amount
from invoicing.domain.profiles import Policy
from invoicing.listings import Filter, claimed_sources
from invoicing.models import InvoiceApplication
from invoicing.services.asking import Ask

MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Method and what was ticked or typed. `amount_text` is as typed."""

    method: str
    sources: tuple[str, ...] = ()
    months: tuple[str, ...] = ()
    amount_text: str = ""
    separate: bool = False

    @classmethod
    def read(cls, data: QueryDict, policy: Policy) -> "Selection":
        """The selection in an address or a form; the method is one of the profile's."""
        wanted = data.get("method", "")
        method = wanted if wanted in policy.methods else policy.methods[0]
        return cls(
            method=method,
            sources=_once(data.getlist("source")) if method == "order" else (),
            months=_once(_months(data)) if method == "month" else (),
            amount_text=_clean(data.get("amount", ""))[:40] if method == "amount" else "",
            separate=method == "month" and data.get("separate") == "on",
        )

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """As fields of a form."""
        pairs = [("method", self.method)]
        pairs += [("source", source) for source in self.sources]
        pairs += [("month", month) for month in self.months]
        pairs += [("amount", self.amount_text)] if self.amount_text else []
        pairs += [("separate", "on")] if self.separate else []
        return pairs

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
        remarks: str | None,
        recipient_email: str | None,
    ) -> Ask:
        """The wish that the services understand."""
        return Ask(
            method=self.method,
            sources=self.sources,
            months=self.months,
            amount=self.amount(currency),
            separate=self.separate,
            kind=kind,
            medium=medium,
            title_id=title_id,
            remarks=remarks,
            recipient_email=recipient_email,
        )


def again(application: InvoiceApplication) -> Selection:
    """The selection that asks for the same once more."""
    if application.method == InvoiceApplication.Method.AMOUNT:
        return Selection(method="amount", amount_text=str(application.total.amount))
    claimed = claimed_sources(application)
    if application.method == InvoiceApplication.Method.MONTH:
        months = tuple(dict.fromkeys(period for _source, period in claimed))
        return Selection(method="month", months=months)
    return Selection(method="order", sources=tuple(source for source, _period in claimed))


def read_filter(data: QueryDict) -> Filter:
    """How the list is narrowed; nonsense means all."""
    entity = data.get("entity", "")
    return Filter(
        text=_clean(data.get("q", ""))[:60],
        entity=int(entity) if entity.isascii() and entity.isdigit() and len(entity) < 19 else None,
        first=_month(data.get("first", "")),
        last=_month(data.get("last", "")),
    )


def _months(data: QueryDict) -> list[str]:
    return [month for month in data.getlist("month") if _month(month)]


def _month(text: str) -> str:
    return text if MONTH.fullmatch(text) else ""


def _once(values: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_clean(value)[:40] for value in values if value))


def _clean(text: str) -> str:
    """Without NUL characters, which PostgreSQL refuses, and without blanks around it."""
    return text.replace("\x00", "").strip()
