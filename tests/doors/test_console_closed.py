"""A closed account: what comes back to it has lapsed, nothing is offered that would be refused (A58, D13)."""

import re

import pytest

from accounts.services.customers.closing import mark_closed
from invoicing.queries.askable import askable
from invoicing.queries.invoiceable import invoiceable
from invoicing.queries.policies import policy_of
from invoicing.services.crediting import requests
from tests.builders import at, make_story, yuan
from tests.doors.console import sign_in, text

pytestmark = pytest.mark.django_db
NOW = at("2026-03-03 09:00")
PAGES = ("overview", "applications", "titles", "auto", "deficits")
LEDGER = ("orders", "bills", "funds", "statement", "recharge", "withdrawals")
ACCOUNTS = ("inbox", "tickets", "certification")


@pytest.fixture
def story():
    """700.00 consumed, 200.00 of it invoiced and being credited when the account is closed."""
    story = make_story("alibaba")
    story.recharge("1000", "2026-03-01 09:00")
    story.order("700.00", "2026-03-01 10:00")
    asked = story.issue(story.ask("2026-03-02 09:00", amount="200.00"), "2026-03-02 10:00")
    requests.request_credit(
        invoice=asked.invoices.get(),
        reason="sales_return",
        actor=story.user,
        at=NOW,
        idempotency_key="C1",
    )
    mark_closed(story.customer, by=None, reason="", at=NOW)
    return story


def all_pages(story):
    names = (
        *(f"invoicing:{name}" for name in PAGES),
        *(f"ledger:{name}" for name in LEDGER),
        *(f"accounts:{name}" for name in ACCOUNTS),
    )
    client = sign_in(story)
    urls = [client.page(name) for name in names]
    urls.append(client.page("invoicing:application", story.customer.applications.get().pk))
    return {url: client.get(url) for url in urls}


def test_d13_what_is_released_after_the_closing_has_lapsed(story):
    assert requests.decide_credits(at=NOW) == 1
    found = invoiceable(story.customer, NOW)
    assert (found.open, found.available) == (0, 0)
    assert sum(line.amount for line in found.explanation) == 0
    assert {line.code: line.amount for line in found.explanation}["lapsed"] == yuan("-700.00")
    assert [(row.reason, row.amount) for row in found.waiting] == [
        ("account_closed", yuan("700.00"))
    ]
    assert askable([story.customer], policy_of(story.customer), NOW).total == 0
    page = text(sign_in(story).get(""))
    assert "Invoiceable amount ¥0.00" in page
    assert "Lapsed: the account is closed" in page


def test_d13_every_page_says_that_the_account_is_closed(story):
    for url, page in all_pages(story).items():
        assert page.status_code == 200, url
        assert "This account is closed since 2026-03-03." in text(page), url


def test_d13_no_page_of_a_closed_account_offers_what_is_refused(story):
    requests.decide_credits(at=NOW)
    invoice = story.customer.applications.get().invoices.get()
    page_of = sign_in(story).page
    asking = ("invoicing:select", "invoicing:title_add", "invoicing:email_add", "invoicing:auto_on")
    refused = {
        *(page_of(name) for name in asking),
        *(page_of(name, invoice.pk) for name in ("invoicing:credit_ask", "invoicing:reissue")),
    }
    for url, page in all_pages(story).items():
        html = page.content.decode()
        html = html[html.index("<main") :]
        linked = set(re.findall(r'(?:href|action)="([^"?]+)', html))
        assert not linked & refused, url
