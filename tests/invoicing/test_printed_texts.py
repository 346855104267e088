"""No text that cannot be printed reaches the issuing channel, whoever wrote it and however."""

from datetime import timedelta

import pytest
from django.utils import translation

from invoicing.admin.late import problem_words
from invoicing.models import CreditRequest, Invoice
from invoicing.services.crediting import requests
from invoicing.services.issuing import invoices, sweeping
from ledger.models import InvoicingEntity
from ledger.services import catalogue
from tests.builders import make_entity, yuan
from tests.invoicing.paper_stage import reviewer
from tests.invoicing.test_issuing import NOON, _approved
from tests.refusing import refused

pytestmark = pytest.mark.django_db
BAD = "云🚀"


class Channel(invoices.configured().__class__):
    """The sandbox, and what it was asked for."""

    def __init__(self):
        super().__init__()
        self.asked = []

    def issue(self, request):
        self.asked.append(request.serial)
        return super().issue(request)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda story: InvoicingEntity.objects.update(name=BAD),
        lambda story: InvoicingEntity.objects.update(bank=BAD),
    ],
    ids=["name", "bank"],
)
def test_content_is_drawn_up_before_the_channel_is_asked_and_parks_with_an_alarm(spoil):
    story, application = _approved()
    spoil(story)
    channel, at = Channel(), NOON
    for _ in range(invoices.MAX_TRIES):
        application = invoices.issue_application(application=application, at=at, channel=channel)
        at += timedelta(days=1)
    invoice = application.invoices.get()
    assert channel.asked == []
    assert (invoice.status, invoice.number, invoice.asked_at) == ("failed", None, None)
    assert (application.status, application.issue_at) == ("approved", None)  # given up: staff look
    with translation.override("zh-hans"):
        assert "🚀 (U+1F680)" in str(problem_words(invoice.problem))
        assert "not_printable" not in str(problem_words(invoice.problem))

    InvoicingEntity.objects.update(name="云岫计算有限公司", bank="银行")
    application.issue_at = at
    application.save(update_fields=["issue_at"])
    sweeping.issue_due(at=at)
    assert Invoice.objects.get().status == "issued"


@pytest.mark.corrupts
def test_an_old_remark_is_drawn_up_too():
    _story, application = _approved()
    channel = Channel()
    application.decided_by = None
    application.remarks = BAD
    application.save(update_fields=["remarks", "decided_by"])
    invoices.issue_application(application=application, at=NOON, channel=channel)
    assert (channel.asked, Invoice.objects.get().status) == ([], "failed")


@pytest.mark.corrupts
def test_one_bad_seller_does_not_hold_up_the_other():
    _story, application = _approved("0.06", "0.13")
    first, second = application.invoices.order_by("pk")
    InvoicingEntity.objects.filter(pk=first.entity_id).update(name=BAD)
    invoices.issue_application(application=application, at=NOON)
    for row in (first, second):
        row.refresh_from_db()
    assert (first.status, second.status) == ("failed", "issued")


@pytest.mark.parametrize(
    "call",
    [
        lambda: catalogue.add_entity(code="X", name=BAD, tax_id="T"),
        lambda: catalogue.add_entity(code="X", name="X", tax_id="T", address=BAD),
        lambda: catalogue.add_tax_key(
            entity=make_entity("Y"), code="1", content=BAD, rate=yuan("0.06")
        ),
        lambda: catalogue.add_tax_key(
            entity=make_entity("Z"), code="1", content="X", short_name=BAD, rate=yuan("0.06")
        ),
    ],
)
def test_the_catalogue_refuses_what_cannot_be_printed(call):
    refused("not_printable", call)


def test_a_confirmation_that_cannot_be_printed_is_refused_where_it_is_asked_with():
    story, application = _approved()
    invoices.issue_application(application=application, at=NOON)
    refused(
        "not_printable",
        lambda: requests.request_credit(
            invoice=Invoice.objects.get(), reason="sales_return", recorded=True, form_number=BAD,
            actor=story.user, at=NOON, idempotency_key="K",
        ),
    )  # fmt: skip


@pytest.mark.corrupts
def test_a_credit_note_is_drawn_up_before_the_channel_is_asked():
    story, application = _approved()
    invoices.issue_application(application=application, at=NOON)
    request = requests.request_credit(
        invoice=Invoice.objects.get(), reason="sales_return", recorded=True, form_number="3301",
        actor=story.user, at=NOON, idempotency_key="K",
    )  # fmt: skip
    CreditRequest.objects.update(form_number=BAD)
    channel, by = Channel(), reviewer()
    refused(
        "not_printable",
        lambda: requests.approve_credit(request=request, reviewer=by, at=NOON, channel=channel),
    )
    assert channel.asked == []
