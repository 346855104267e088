"""All files of an invoice in one pass: XML first, then PDF and OFD out of one layout, both with the XML inside."""

from dataclasses import dataclass, field

from invoicing.documents.ofd.rendering import render_invoice_files
from invoicing.documents.pdf import render_invoice
from invoicing.documents.snapshot import InvoiceSnapshot
from invoicing.documents.xml import render_einvoice

FORMATS = ("pdf", "ofd", "xml")


@dataclass(frozen=True)
class Rendered:
    """What was made, by format, and what could not be made, and why."""

    files: dict[str, bytes] = field(default_factory=dict)
    problems: dict[str, Exception] = field(default_factory=dict)


def render_files(snapshot: InvoiceSnapshot) -> Rendered:
    """The PDF, OFD and XML of an invoice or credit note. One that cannot be made does not stop the others (R14).

    A PDF without its XML would be another file than the one with it, so without XML there is none of the three.
    """
    made = Rendered()
    try:
        xml = render_einvoice(snapshot)
    except Exception as problem:  # noqa: BLE001  # whatever it is, it is told and not hidden
        return Rendered(problems=dict.fromkeys(FORMATS, problem))
    made.files["xml"] = xml
    try:
        both = render_invoice_files(snapshot, attachment=xml)
        made.files.update(pdf=both.pdf, ofd=both.ofd)
    except Exception as problem:  # noqa: BLE001
        made.problems["ofd"] = problem
        _pdf_alone(snapshot, xml, made)
    return made


def _pdf_alone(snapshot: InvoiceSnapshot, xml: bytes, made: Rendered) -> None:
    """The same PDF as with the OFD."""
    try:
        made.files["pdf"] = render_invoice(snapshot, xml=xml)
    except Exception as problem:  # noqa: BLE001
        made.problems["pdf"] = problem
