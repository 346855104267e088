"""A closed account: what comes back to it has lapsed, nothing is offered that would be refused (A58, D13)."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.services.customers.closing import mark_closed
from invoicing.queries.askable import askable
from invoicing.queries.invoiceable import invoiceable
from invoicing.queries.policies import policy_of
from invoicing.services.crediting import requests
from tests.builders import at, make_reviewer, make_story, yuan
from tests.doors import one_of_everything as everywhere
from tests.doors.console import sign_in, text
from tests.doors.one_of_everything import one_of_everything
from tests.doors.test_console_everywhere import NOT_THERE, POLICY, READ

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


def test_d13_staff_see_before_they_credit_that_the_amount_lapses(story):
    decider = make_reviewer("decider")
    decider.user_permissions.add(Permission.objects.get(codename="decide_credit"))
    client = Client()
    client.force_login(decider)
    request = story.customer.credit_requests.get()
    page = text(client.get(f"/admin/invoicing/creditrequest/{request.pk}/change/"))
    assert "Can be invoiced again 0.00" in page
    assert "Lapses: the account is closed 200.00" in page


def test_d13_every_page_there_is_says_so_and_leads_to_none_that_refuses(still_clock):
    story = one_of_everything()
    mark_closed(story.customer, by=None, reason="", at=at("2026-03-10 09:00"))
    client = sign_in(story)
    found = everywhere.addresses(story, [name for name in POLICY if not name.startswith("person:")])
    linked, refused = {}, {}
    for name, url in found.items():
        if POLICY[name] == READ and name not in NOT_THERE:
            answer = client.get(url)
            if answer.streaming or "html" not in answer["Content-Type"]:
                continue
            assert "This account is closed since 2026-03-10." in text(answer), name
            html = answer.content.decode()
            html = html[html.index("<main") :]
            for link in re.findall(r'<a[^>]* href="(/console/[^"#]+)', html):
                linked.setdefault(link.replace("&amp;", "&"), name)
    for link, name in linked.items():
        answer = client.get(link)
        if answer.status_code not in {200, 302}:
            refused[link] = (name, answer.status_code)
    assert refused == {}


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
