"""Every page of the admin: it opens quickly, it changes nothing when read, and facts stay facts."""

import re

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.admin.facts import FactAdmin
from accounts.models import User
from tests.builders import make_reviewer
from tests.doors import admin_data

pytestmark = pytest.mark.django_db
LIST_QUERIES, PAGE_QUERIES = 10, 22
MORE = dict.fromkeys(
    ("/admin/ledger/transfer/", "/admin/ledger/entry/"), 16
)  # a document of each kind


def address(model: type, page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def as_user(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def queries_per_page(client: Client) -> dict[str, int]:
    """How many queries each list and the page of its newest row take."""
    used = {}
    for model in admin.site._registry:
        row = model._default_manager.order_by("-pk").first()
        assert row is not None, f"no {model.__name__} in the data"
        for url in (address(model, "changelist"), address(model, "change", row.pk)):
            with CaptureQueriesContext(connection) as queries:
                assert client.get(url).status_code == 200, url
            used[re.sub(r"\d+", "N", url)] = len(queries)
    return used


def test_every_list_and_page_takes_a_bounded_number_of_queries_at_2_and_at_15_rows():
    client = as_user(admin_data.administrator())
    for number in range(2):
        admin_data.everything(number)
    few = queries_per_page(client)
    for number in range(2, 15):
        admin_data.everything(number)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # nobody else sees the rows of this transaction to do it
    many = queries_per_page(client)
    assert {url: (few[url], many[url]) for url in few if many[url] > few[url]} == {}
    limits = {url: PAGE_QUERIES if "change" in url else LIST_QUERIES for url in many} | MORE
    assert {url: count for url, count in many.items() if count > limits[url]} == {}


def test_facts_cannot_be_added_changed_or_deleted_by_anybody():  # R43
    admin_data.everything(0)
    client = as_user(admin_data.administrator())
    facts = [model for model, one in admin.site._registry.items() if isinstance(one, FactAdmin)]
    before = admin_data.checksum()
    for model in facts:
        pk = model._default_manager.values_list("pk", flat=True).first()
        for url in (
            address(model, "add"),
            address(model, "change", pk),
            address(model, "delete", pk),
        ):
            assert client.post(url, {"post": "yes"}).status_code == 403, url
        sweep = {"action": "delete_selected", "_selected_action": [pk], "post": "yes"}
        client.post(address(model, "changelist"), sweep)
    assert admin_data.checksum() == before


def test_only_data_that_operators_keep_can_be_edited():
    editable = {
        model.__name__
        for model, one in admin.site._registry.items()
        if not isinstance(one, FactAdmin)
    }
    assert editable == {
        "Group",
        "InvoicingEntity",
        "Membership",
        "Product",
        "TaxCategory",
        "User",
        "WorkdayOverride",
    }


@pytest.mark.parametrize("role", ["administrator", "reviewer", "observer"])
def test_reading_every_page_changes_nothing(role):  # R49
    admin_data.everything(0)
    admin_data.pending()
    make = {
        "administrator": admin_data.administrator,
        "reviewer": make_reviewer,
        "observer": admin_data.observer,
    }
    client = as_user(make[role]())
    before = admin_data.checksum()
    seen = crawl(client)
    assert len(seen) > {"administrator": 100, "observer": 80, "reviewer": 8}[role]
    assert admin_data.checksum() == before


def crawl(client: Client) -> set[str]:
    """Follow every link of the admin from its first page, filters one at a time; the addresses read."""
    seen, todo = set(), ["/admin/"]
    while todo and len(seen) < 400:
        url = todo.pop()
        if url in seen:
            continue
        seen.add(url)
        response = client.get(url)
        assert response.status_code in {200, 302, 403}, (url, response.status_code)
        if response.status_code != 200 or "html" not in response["Content-Type"]:
            continue
        assert 'style="' not in response.content.decode(), url
        for href in re.findall(r'href="([^"#]+)"', response.content.decode()):
            link = href.replace("&amp;", "&")
            if link.startswith("?"):
                link = "" if "?" in url else url + link
            if link.startswith("/admin/") and not re.search(r"/history/|jsi18n", link):
                todo.append(link)
    return seen


def test_somebody_without_a_right_to_a_model_does_not_see_it():
    admin_data.everything(0)
    client = as_user(make_reviewer())
    for model in admin.site._registry:
        if model.__name__ != "InvoiceApplication":
            assert client.get(address(model, "changelist")).status_code == 403, model
