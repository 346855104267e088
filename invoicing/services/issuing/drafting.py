"""Content is drawn up before a number is asked for: what could not be printed never reaches the channel."""

from collections.abc import Callable

from accounts.ports.paper import for_paper
from finance_console.kernel.errors import DomainError
from invoicing.documents.snapshot import InvoiceSnapshot, Party
from invoicing.domain.title_rules import PARTY_FIELDS

NUMBER = "0" * 20
"""Stands for the number that the channel will give."""


def require_printable(snapshot: InvoiceSnapshot) -> None:
    """Raises what `for_paper` raises for any text of the face."""
    for text in (*_party(snapshot.seller), *_party(snapshot.buyer), snapshot.drawer):
        for_paper(text)
    for line in snapshot.lines:
        for text in (line.short_name, line.content, line.model, line.unit):
            for_paper(text)
    for_paper(snapshot.printed_remarks, multiline=True)


def problem_of(draft: Callable[[], InvoiceSnapshot]) -> str:
    """Why what `draft` makes cannot be printed, as `problem_words` reads it; "" when it can."""
    try:
        require_printable(draft())
    except DomainError as error:
        return f"{error.code}: {error.values['characters']}"
    except ValueError as error:  # the document itself refuses it
        return str(error)
    return ""


def _party(party: Party) -> tuple[str, ...]:
    return tuple(getattr(party, field) for field in PARTY_FIELDS)
