"""The buttons of a page to decide, each with what it asks for; `admin/ledger/buttons.html` shows them."""

from dataclasses import dataclass

from django.utils.functional import Promise

Words = str | Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """`asks`: what its one field is called ("" for none): a line, sentences (`long`), or an `amount`.

    `previews`: it leads to a page that says first what would happen.
    """

    words: Words
    asks: Words = ""
    help: Words = ""
    long: bool = False
    amount: bool = False
    primary: bool = False
    previews: bool = False
