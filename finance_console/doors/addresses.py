"""Addresses inside the console of one customer account: its number stands in every one of them.

A tab knows from its own address for whom it works, whatever another tab does. Views, presenters and templates name
a page; the number of the account whose page is being made is filled in here, once.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django import urls
from django.http import HttpResponseRedirect

SUBMISSION = "submission"
"""The field of a form, and of the address of its page, that tells one filling-in from the next."""
OF_A_CUSTOMER = frozenset({"accounts", "ledger", "invoicing"})
"""Namespaces whose addresses begin with a customer number."""

_number: ContextVar[str] = ContextVar("customer_number", default="")


class CustomerNumber:
    """A customer number in an address: everything between two slashes; who may use it is the doorkeeper's question."""

    regex = "[^/]+"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


urls.register_converter(CustomerNumber, "customer")


@contextmanager
def nowhere() -> Iterator[None]:
    """A request begins in nobody's console, and what it enters ends with it."""
    token = _number.set("")
    try:
        yield
    finally:
        _number.reset(token)


def enter(number: str) -> None:
    """From now on in this request, addresses are those of this customer."""
    _number.set(number)


def entered() -> str:
    """The number of the customer whose console this request is in; "" outside."""
    return _number.get()


def url(name: str, *args: Any, of: str = "") -> str:
    """The address of a page: of the customer `of`, else of the one whose console this is.

    Raises NoReverseMatch for a customer's page outside of any console: an address is never guessed.
    """
    if name.partition(":")[0] in OF_A_CUSTOMER:
        number = of or entered()
        if not number:
            raise urls.NoReverseMatch(f"{name}: whose?")
        args = (number, *args)
    return urls.reverse(name, args=args)


def redirect(name: str, *args: Any) -> HttpResponseRedirect:
    """Go on to another page of the same customer."""
    return HttpResponseRedirect(url(name, *args))
