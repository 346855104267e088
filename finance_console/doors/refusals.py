"""Refusals as answers: a sentence in the active language, an HTTP status, the page that puts it right."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from finance_console.doors import addresses
from finance_console.kernel.errors import UNPROCESSABLE, DomainError, codes, refusal_of, word
from finance_console.kernel.writing import money

__all__ = ["UNPROCESSABLE", "Link", "page", "remedy", "sentence", "status", "ticket"]


@dataclass(frozen=True, slots=True)
class Link:
    """A way out: the name of an address, the words of its link, and what stands in its query."""

    url: str
    words: str
    query: str = ""

    @property
    def href(self) -> str:
        """The address of the link."""
        return addresses.url(self.url) + (f"?{self.query}" if self.query else "")


def sentence(error: DomainError) -> str:
    """What the customer reads, in the active language."""
    return gettext(error.sentence) % {name: _shown(value) for name, value in error.values.items()}


def status(error: DomainError) -> int:
    """The HTTP status of an answer that says no with `error`."""
    return refusal_of(error.code).status


def remedy(error: DomainError, *, about: str = "") -> Link | None:
    """The page that unblocks it, where there is one.

    `about`: the number of the application or order it is about, for the ticket that asks staff.
    """
    refusal = refusal_of(error.code)
    if refusal.ticket and (about or not refusal.only_about):
        return ticket(refusal.ticket, about)
    return page(error.code)


def page(code: str) -> Link | None:
    """The page where the customer puts right what is refused with `code`; None where there is none."""
    fix = refusal_of(code).remedy if code in codes() else None
    return Link(fix.url, fix.words) if fix else None


def ticket(topic: str, about: str = "") -> Link:
    """A link to a new ticket that knows its topic and what it is about."""
    known = {"topic": topic, "about": about} if about else {"topic": topic}
    return Link("accounts:ticket_new", _("Open a ticket"), urlencode(known))


def _shown(value: Any) -> str:
    if isinstance(value, Decimal):
        return money(value)
    if isinstance(value, Promise):
        return str(value)
    if isinstance(value, tuple | list):
        return ", ".join(_shown(part) for part in value)
    return ", ".join(gettext(word(part)) if part else part for part in str(value).split(", "))
