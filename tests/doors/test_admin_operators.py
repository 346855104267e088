"""What operators may do by hand: keep the catalogue, people and their access, and give messages a second chance."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.messages.outbox import retry
from accounts.models import Membership, OutboxMessage, User
from invoicing.models import InvoiceFile
from ledger.models import InvoicingEntity, Product, TaxCategory
from ledger.services.orders.paying import pay_order
from tests.builders import at, make_entity, make_key, make_reviewer, make_story, make_user, yuan
from tests.doors import admin_data

pytestmark = pytest.mark.django_db


def operator(*codenames: str) -> Client:
    user = make_user("operator", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client = Client()
    client.force_login(User.objects.get(pk=user.pk))
    return client


def fields(row: object, *names: str) -> dict[str, str]:
    return {name: str(getattr(row, name)) for name in names}


ENTITY = ("code", "name", "tax_id", "country", "address", "phone", "bank", "bank_account")


@pytest.fixture
def issued() -> TaxCategory:
    """A tax category that an issued invoice was made with."""
    story = make_story("baidu")
    story.recharge("100.00", "2026-03-01 09:00")
    order = story.order("60.00", "2026-03-01 10:00")
    story.issue(
        story.ask("2026-03-02 12:00", method="order", sources=(order.number,)), "2026-03-02 12:00"
    )
    return story.key


def test_the_tax_id_of_an_entity_that_issued_invoices_stays(issued):
    entity, client = issued.entity, operator("change_invoicingentity")
    data = fields(entity, *ENTITY)
    url = f"/admin/ledger/invoicingentity/{entity.pk}/change/"
    refused = client.post(url, data | {"tax_id": "91110108MA0000000X"})
    assert refused.context["adminform"].form.errors["tax_id"] == [
        "Issued invoices say this. Add a new row instead of changing it."
    ]
    assert InvoicingEntity.objects.get(pk=entity.pk).tax_id == entity.tax_id
    assert client.post(url, data | {"phone": "010-55550999"}).status_code == 302
    assert InvoicingEntity.objects.get(pk=entity.pk).phone == "010-55550999"


@pytest.mark.parametrize("change", [{"code": "1090000000000000000"}, {"rate": "0.1300"}])
def test_code_and_rate_of_a_tax_category_on_issued_invoices_stay(issued, change):
    client = operator("change_taxcategory")
    data = fields(issued, "entity_id", "code", "short_name", "content", "rate")
    data["entity"] = data.pop("entity_id")
    url = f"/admin/ledger/taxcategory/{issued.pk}/change/"
    assert list(client.post(url, data | change).context["adminform"].form.errors) == list(change)
    assert TaxCategory.objects.get(pk=issued.pk).rate == issued.rate
    assert client.post(url, data | {"short_name": "其他"}).status_code == 302


def test_a_tax_category_that_no_invoice_names_may_change():
    key = make_key(make_entity())
    data = fields(key, "entity_id", "code", "short_name", "content") | {"rate": "0.1300"}
    data["entity"] = data.pop("entity_id")
    client = operator("change_taxcategory")
    assert client.post(f"/admin/ledger/taxcategory/{key.pk}/change/", data).status_code == 302
    key.refresh_from_db()
    assert str(key.rate) == "0.1300"


def test_the_catalogue_changes_only_for_people_with_permission(issued):
    client = operator("view_taxcategory")
    assert client.get(f"/admin/ledger/taxcategory/{issued.pk}/change/").status_code == 200
    assert (
        client.post(f"/admin/ledger/taxcategory/{issued.pk}/change/", {"rate": "0.13"}).status_code
        == 403
    )


def test_only_an_administrator_hands_out_powers_or_touches_staff():
    clerk = make_user("clerk")
    client = operator("change_user", "view_user")
    url = f"/admin/accounts/user/{clerk.pk}/change/"
    memberships = {"memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"}
    data = {
        "username": "clerk",
        "email": "new@example.com",
        "is_active": "on",
        "is_superuser": "on",
    }
    assert client.post(url, data | memberships).status_code == 302
    clerk.refresh_from_db()
    assert (clerk.email, clerk.is_superuser, clerk.is_staff) == ("new@example.com", False, False)
    for colleague in (admin_data.administrator(), make_reviewer()):
        for page in ("change", "password"):
            url = f"/admin/accounts/user/{colleague.pk}/{page}/"
            assert client.post(url, data | memberships).status_code == 403


def test_access_to_a_customer_can_be_taken_away_one_person_at_a_time():
    story = make_story()
    membership = Membership.objects.get(user=story.user)
    client = operator("delete_membership", "view_membership", "change_membership")
    assert "delete_selected" not in client.get("/admin/accounts/membership/").content.decode()
    client.post(f"/admin/accounts/membership/{membership.pk}/delete/", {"post": "yes"})
    assert not Membership.objects.filter(pk=membership.pk).exists()


def test_r44_a_permission_that_was_taken_away_is_missing_from_the_next_request_on():
    client = operator("view_product")
    assert client.get("/admin/ledger/product/").status_code == 200
    User.objects.get(username="operator").user_permissions.clear()
    assert client.get("/admin/ledger/product/").status_code == 403


def parked(number: int, **fields: object) -> OutboxMessage:
    story = make_story()
    then = at("2026-03-01 09:00")
    return OutboxMessage.objects.create(
        **{
            "customer": story.customer, "topic": "bill_unsettled", "channel": "email",
            "dedup_key": f"m{number}", "created_at": then, "due_at": then, "tries": 6, "parked_at": then,
        } | fields
    )  # fmt: skip


def test_parked_messages_are_tried_again_and_others_left_alone():
    then, now = at("2026-03-01 09:00"), at("2026-03-02 09:00")
    first, sent = parked(1), parked(2, parked_at=None, sent_at=then)
    waiting = parked(3, parked_at=None, tries=2)
    assert retry(message_ids=[first.pk, sent.pk, waiting.pk], at=now) == 1
    first.refresh_from_db()
    waiting.refresh_from_db()
    assert (first.parked_at, first.tries, first.due_at) == (None, 0, now)
    assert (waiting.tries, waiting.due_at) == (2, then)
    assert retry(message_ids=[first.pk], at=now) == 0


@pytest.mark.parametrize(("codenames", "released"), [(["change_outboxmessage"], True), ([], False)])
def test_trying_again_needs_the_permission(codenames, released):
    message = parked(1)
    client = operator("view_outboxmessage", *codenames)
    data = {"action": "try_again", "_selected_action": [message.pk]}
    client.post("/admin/accounts/outboxmessage/", data)
    message.refresh_from_db()
    assert (message.parked_at is None) is released


def test_files_are_for_staff_who_may_see_them():
    admin_data.everything(0)
    file = InvoiceFile.objects.get()
    url = f"/admin/invoicing/invoicefile/{file.pk}/download/"
    response = operator("view_invoicefile").get(url)
    assert b"".join(response.streaming_content) == b"%PDF 0"
    assert response["Content-Type"] == "application/pdf"
    assert f"dzfp_{file.invoice.number}_" in response["Content-Disposition"]
    stranger = Client()
    stranger.force_login(make_reviewer())
    assert stranger.get(url).status_code == 403
    assert Client().get(url).status_code == 302


def routes(product: Product, *rows: tuple[str, TaxCategory], known: tuple = ()) -> dict[str, str]:
    """The form of `product` with its routes: those `known` first, changed to `rows`."""
    data = {
        "sku": product.sku,
        "name": product.name,
        "mode": product.mode,
        "tax_category": str(product.tax_category_id),
        "routes-TOTAL_FORMS": str(len(rows)),
        "routes-INITIAL_FORMS": str(len(known)),
    }
    for n, (day, key) in enumerate(rows):
        data |= {f"routes-{n}-valid_from": day, f"routes-{n}-tax_category": str(key.pk)}
        data |= {f"routes-{n}-product": str(product.pk)}
    return data | {f"routes-{n}-id": str(route.pk) for n, route in enumerate(known)}


def test_a_route_is_planned_for_days_on_which_nothing_was_sold():
    story = make_story()
    story.recharge("100.00", "2026-03-01 09:00")
    other = make_key(make_entity("W2"), rate="0.13", content="硬件")
    product = Product.objects.create(sku="terminal", name="Terminal", tax_category=story.key)
    pay_order(
        number="ORD-1",
        customer=story.customer,
        amount=yuan("10.00"),
        product=product,
        at=at("2026-03-10 09:00"),
    )
    rights = ("add", "change", "delete", "view")
    client = operator("change_product", *(f"{right}_productroute" for right in rights))
    url = f"/admin/ledger/product/{product.pk}/change/"
    refused = client.post(url, routes(product, ("2026-03-10", other)))
    assert "The product was sold since. A route can begin on 2026-03-11 or later." in (
        refused.content.decode()
    )
    assert not product.routes.exists()
    assert client.post(url, routes(product, ("2026-03-11", other))).status_code == 302
    (route,) = product.routes.all()
    assert (str(route.valid_from), route.tax_category) == ("2026-03-11", other)

    # Once something is sold under it, it neither moves nor disappears.
    pay_order(
        number="ORD-2",
        customer=story.customer,
        amount=yuan("10.00"),
        product=product,
        at=at("2026-03-12 09:00"),
    )
    moved = routes(product, ("2026-04-01", other), known=(route,))
    dropped = routes(product, ("2026-03-11", other), known=(route,)) | {"routes-0-DELETE": "on"}
    for data in (moved, dropped):
        assert client.post(url, data).status_code == 200
        route.refresh_from_db()
        assert str(route.valid_from) == "2026-03-11"
