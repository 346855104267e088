"""The list of charges behind an invoice, as PDF and CSV."""

import csv
import io
import time
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from pypdf import PdfReader

from invoicing.documents.detail import MAX_LINES, DetailLine, DetailSnapshot, render_detail
from invoicing.documents.errors import InvalidSnapshot
from invoicing.models import Invoice, InvoiceableItem
from tests.builders import make_story, make_user
from tests.documents import reading
from tests.doors.console import sign_in


def snapshot(*lines: DetailLine, **fields: Any) -> DetailSnapshot:
    values: dict[str, Any] = {
        "number": "26991000000000000042",
        "issued_on": date(2026, 3, 5),
        "seller": "云杉示例科技（北京）有限公司",
        "buyer": "青岛海棠示例数据服务有限公司",
        "currency": "CNY",
        "lines": lines,
    }
    return DetailSnapshot(**(values | fields))


def charge(n: int, product: str = "云服务器") -> DetailLine:
    return DetailLine(f"ORD-2026-{n:08d}", product, "2026-02", Decimal(n) + Decimal("0.07"))


def test_it_lists_every_charge_and_its_sum() -> None:
    made = render_detail(snapshot(*(charge(n) for n in range(1000, 1200))))
    text = reading.text(made)
    assert len(PdfReader(io.BytesIO(made)).pages) == 4
    for n in range(1000, 1200):
        assert f"ORD-2026-{n:08d}" in text
        assert f"{n:,}.07" in text
    assert "共 200 项 · 合计 Total CNY 219,914.00（含税 tax included）" in text
    assert "第 4 页 / 共 4 页" in text
    assert made == render_detail(snapshot(*(charge(n) for n in range(1000, 1200))))


def test_columns_stand_below_one_another_whatever_the_script() -> None:
    names = ("云服务器", "Elastic compute", "对象存储 standard tier", "x" * 120, "名" * 60)
    made = render_detail(snapshot(*(charge(n, name) for n, name in enumerate(names))))
    amounts = [word for word in reading.words(made) if word.text.endswith(".07")]
    assert len(amounts) == 5
    assert max(word.right for word in amounts) - min(word.right for word in amounts) < 0.1
    assert reading.text(made).count("x") >= 120


def test_longer_lists_are_for_spreadsheets() -> None:
    with pytest.raises(InvalidSnapshot, match="1 to 2000 lines"):
        snapshot(*(charge(n) for n in range(MAX_LINES + 1)))
    render_detail(snapshot(charge(1)))
    started = time.process_time()
    render_detail(snapshot(*(charge(n) for n in range(MAX_LINES))))
    assert time.process_time() - started < 10


def test_markup_is_printed_as_it_is_written() -> None:
    made = render_detail(snapshot(charge(1, '<img src="file:///etc/hostname">')))
    assert '<img src="file:///etc/hostname">' in reading.text(made)


@pytest.fixture
def story(db: None) -> Any:
    story = make_story("standard")
    story.recharge("1000", "2026-03-01 09:00")
    for amount in ("60.00", "46.00"):
        story.order(amount, "2026-03-02 09:00")
    story.issue(story.ask("2026-03-12 09:00", amount="100.00"), "2026-03-12 10:00")
    return story


def get(client: Client, invoice: Invoice, extension: str) -> Any:
    return client.get(f"invoices/{invoice.pk}/{invoice.number}-details.{extension}")


def test_the_customer_downloads_what_its_invoice_is_made_of(story: Any) -> None:
    invoice, client = Invoice.objects.get(), sign_in(story)
    answer = get(client, invoice, "csv")
    content = b"".join(answer.streaming_content).decode()
    assert content.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(content.removeprefix("\ufeff"))))
    assert [Decimal(row["Amount"]) for row in rows] == [Decimal("60.00"), Decimal("40.00")]
    assert {row["Month"] for row in rows} == {"2026-03"}
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    name = f"dzfp_{invoice.number}_AcmeLtd_20260312100000_details"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}.csv"'
    pdf = b"".join(get(client, invoice, "pdf").streaming_content)
    text = reading.text(pdf)
    assert all(row["Order or bill"] in text for row in rows)
    assert "合计 Total CNY 100.00" in text
    assert get(client, invoice, "xml").status_code == 404
    page = client.get(f"applications/{invoice.application_id}/").content.decode()
    assert all(f"{invoice.number}-details.{kind}" in page for kind in ("pdf", "csv"))


def test_a_product_that_looks_like_a_formula_is_text(story: Any) -> None:
    InvoiceableItem.objects.filter(customer=story.customer).update(description="=1+1")
    answer = get(sign_in(story), Invoice.objects.get(), "csv")
    assert ",'=1+1," in b"".join(answer.streaming_content).decode()


def test_a_list_too_long_for_a_pdf_says_what_to_do(
    story: Any, monkeypatch: pytest.MonkeyPatch
) -> None:  # R51
    monkeypatch.setattr("invoicing.services.issuing.charge_list.MAX_LINES", 1)
    answer = get(sign_in(story), Invoice.objects.get(), "pdf")
    assert answer.status_code == 422
    assert (
        "more than 1 charges, too many for one PDF: download it as CSV" in answer.content.decode()
    )


def test_staff_need_the_right_to_see_the_invoice(story: Any) -> None:
    invoice = Invoice.objects.get()
    url = f"/admin/invoicing/invoice/{invoice.pk}/details.pdf"
    assert Client().get(url).status_code == 302
    client = Client()
    client.force_login(make_user("nobody", is_staff=True))
    assert client.get(url).status_code == 403
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    assert client.get(url).status_code == 200
    assert client.get(url.replace(".pdf", ".csv")).status_code == 200
    assert url in client.get(f"/admin/invoicing/invoice/{invoice.pk}/change/").content.decode()
