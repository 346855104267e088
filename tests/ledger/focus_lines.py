"""Lines of FOCUS files, and a customer who uses what they name."""

import io

import pytest

from ledger.domain.focus import product_sku
from ledger.models import Product, UsageBatch, UsageRecord
from ledger.services.usage.files import UsageFileError
from ledger.services.usage.importing import import_focus
from tests.builders import at, make_entity, make_key, make_story

ARRIVED = at("2024-10-02 09:00")
HEADER = (
    "BilledCost,BillingCurrency,BillingPeriodStart,ChargeCategory,ChargePeriodStart,"
    "InvoiceIssuerName,ServiceName,ResourceId"
)
GOOD = "1.5,USD,2024-09-01 00:00:00,Usage,2024-09-18 22:00:00,Kestrel,Queue,q-1"
NO = "The file was not imported: "


def run(story, *lines: str, header: str = HEADER, content: bytes | None = None) -> UsageBatch:
    content = content if content is not None else "\n".join([header, *lines, ""]).encode()
    return import_focus(
        customer=story.customer, name="usage.csv", stream=io.BytesIO(content), at=ARRIVED
    )


def refused(story, *lines: str, **options) -> UsageFileError:
    with pytest.raises(UsageFileError) as caught:
        run(story, *lines, **options)
    assert caught.value.code == "file_rejected"
    assert UsageBatch.objects.count() == UsageRecord.objects.count() == 0
    return caught.value


def abroad():
    """A customer in Singapore, and the product that the lines name."""
    story = make_story("standard", currency="USD", region="SG", time_zone="Asia/Singapore")
    Product.objects.create(
        sku=product_sku("Kestrel", "Queue"),
        name="Queue",
        mode="postpaid",
        tax_category=make_key(make_entity("K1"), rate="0"),
    )
    return story
