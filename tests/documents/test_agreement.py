"""The three files of an invoice and its row in the database agree, field by field, on invoices that nobody chose."""

import io
from decimal import Decimal

import pytest
from pypdf import PdfReader

from invoicing.documents.files import render_files
from invoicing.documents.snapshot import InvoiceSnapshot
from invoicing.documents.xml import as_filed
from invoicing.documents.xml_reading import read_einvoice
from invoicing.models import CreditNote, Invoice
from invoicing.services.crediting import requests
from invoicing.services.issuing import filing
from tests.builders import Story, at, make_key, make_story
from tests.documents import agreeing, rows
from tests.documents.chance import an_invoice
from tests.documents.ofd_reading import Ofd

BLOCK = 20
NOON = at("2026-12-31 12:00")


def check_files(snapshot: InvoiceSnapshot, files: dict[str, bytes]) -> None:
    """Every field of the three files is what was frozen, and both documents carry the very XML."""
    expected = agreeing.frozen(snapshot)
    assert agreeing.in_pdf(files["pdf"]) == expected
    ofd = Ofd(files["ofd"])
    found = agreeing.in_ofd(ofd)
    assert found == {name: expected[name] for name in found}
    read = read_einvoice(files["xml"])
    assert read == as_filed(snapshot)
    assert [line.tax_code for line in read.lines] == [line.tax_code for line in snapshot.lines]
    inside = PdfReader(io.BytesIO(files["pdf"])).attachments
    assert inside == {"original_invoice.xml": [files["xml"]]}
    assert ofd.attachments == {"original_invoice": files["xml"]}


def check_row(document: Invoice | CreditNote) -> InvoiceSnapshot:
    """The columns of a row say what is frozen in it and what its stored files say."""
    snapshot = InvoiceSnapshot.from_json(document.snapshot)
    assert document.snapshot_sha256 == snapshot.digest()
    expected = agreeing.frozen(snapshot)
    row = agreeing.in_row(document)
    assert row == {name: expected[name] for name in row}
    stored = {file.format: filing.content_of(file) for file in document.files.all()}
    assert set(stored) == {"pdf", "ofd", "xml"}
    check_files(snapshot, stored)
    return snapshot


@pytest.mark.django_db
@pytest.mark.corrupts
@pytest.mark.parametrize("block", range(10))
def test_files_and_row_agree_on_two_hundred_invoices(block: int) -> None:
    snapshots = [an_invoice(seed) for seed in range(block * BLOCK, (block + 1) * BLOCK)]
    made = rows.issued(snapshots, make_story().customer)
    for document, snapshot in zip(made, snapshots, strict=True):
        assert filing.render(document=document, at=NOON) == 3
        assert check_row(type(document).objects.get(number=snapshot.number)) == snapshot


@pytest.mark.parametrize("first", range(1000, 1024, 8))
def test_files_agree_on_invoices_of_many_rates(first: int) -> None:
    for seed in range(first, first + 8):
        snapshot = an_invoice(seed, mixed=True)
        rendered = render_files(snapshot)
        assert rendered.problems == {}
        check_files(snapshot, rendered.files)


LONG_NAME = "喆犇堃昇珺" * 8 + "（Harbour & Trading）〇" * 3
KEYS = (
    ("0.06", "云服务器"),
    ("0.06", "对象存储服务与内容分发网络加速流量包" * 5),
    ("0.13", "机柜〇号"),
    ("0.01", "A"),
    ("0", "Zero rated & <exempt>"),
)


def everything_issued() -> Story:
    """A customer who spent a cent and more than a cap under keys of several rates, had it all invoiced, some credited."""
    story = make_story("baidu", LONG_NAME[:90])
    keys = [make_key(story.key.entity, rate, content=content) for rate, content in KEYS]
    story.recharge("3000000", "2026-03-01 09:00")
    for amount in ("0.01", "0.09", "1234.56", "99999.99"):
        for key in keys:
            story.order(amount, "2026-03-02 09:00", key)
    story.issue(
        story.ask("2026-03-03 09:00", amount="250000.00", remarks="账期：二月"), "2026-03-03 10:00"
    )
    story.issue(
        story.ask("2026-03-04 09:00", amount="200000.00", kind="special", medium="paper"),
        "2026-03-04 10:00",
    )
    for invoice, amount in zip(Invoice.objects.order_by("gross")[:2], ("all", "1.00"), strict=True):
        asked = requests.request_credit(
            invoice=invoice,
            actor=story.user,
            reason="sales_return",
            amount=invoice.gross.amount if amount == "all" else Decimal(amount),
            idempotency_key=f"credit {amount}",
            at=at("2026-03-05 09:00"),
        )
        requests.approve_credit(request=asked, reviewer=None, at=at("2026-03-05 10:00"))
    return story


@pytest.mark.django_db
def test_files_and_row_agree_on_what_the_services_issued() -> None:
    everything_issued()
    documents = [*Invoice.objects.all(), *CreditNote.objects.all()]
    assert filing.render_waiting(at=NOON) == len(documents) >= 10
    for document in documents:
        snapshot = check_row(document)
        assert snapshot.specimen
