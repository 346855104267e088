"""Invoice titles: changing, deleting, following the certification."""

import pytest

from accounts.models import AuditRecord
from accounts.services.customers.opening import add_member
from accounts.services.requests.certifying import certify
from invoicing.models import AutoInvoicing
from invoicing.services.titles.keeping import (
    delete_title,
    enter_old_tax_id,
    make_default,
    update_to_certification,
)
from tests.builders import make_story
from tests.invoicing.title_stage import (
    LATER,
    NOW,
    OTHER_ID,
    TAX_ID,
    auto,
    decider,
    individual,
    save,
)
from tests.refusing import refused

pytestmark = pytest.mark.django_db


def names(story) -> list[tuple[str, bool]]:
    rows = story.customer.titles.order_by("pk")
    return list(rows.values_list("name", "is_default"))


def test_every_change_of_a_title_is_written_down_with_both_sides():
    story = make_story()
    save(story, story.title.pk, phone="0571-5555 0199")
    record = AuditRecord.objects.get()
    assert (record.action, record.actor, record.at) == ("title_changed", story.user, NOW)
    assert (record.before["phone"], record.after["phone"]) == ("0571-5555 0101", "0571-5555 0199")
    save(story, story.title.pk, phone="0571-5555 0199")
    assert AuditRecord.objects.count() == 1


def test_one_title_is_the_default_and_the_oldest_follows_when_it_is_deleted():
    story = make_story()
    second, third = save(story, name="Second"), save(story, name="Third")
    make_default(customer=story.customer, title_id=third.pk, by=story.user, at=NOW)
    assert names(story) == [("Acme Ltd", False), ("Second", False), ("Third", True)]
    delete_title(customer=story.customer, title_id=third.pk, by=story.user, at=NOW)
    delete_title(customer=story.customer, title_id=third.pk, by=story.user, at=NOW)
    assert names(story) == [("Acme Ltd", True), ("Second", False)]
    delete_title(customer=story.customer, title_id=second.pk, by=story.user, at=NOW)
    assert names(story) == [("Acme Ltd", True)]


def test_a_title_that_auto_invoicing_uses_is_not_deleted_even_while_it_is_off():
    story = make_story("alibaba")
    auto(story)
    remove = {"customer": story.customer, "title_id": story.title.pk, "by": story.user, "at": NOW}
    refused("title_in_use", lambda: delete_title(**remove))
    AutoInvoicing.objects.update(enabled=False)
    assert str(refused("title_in_use", lambda: delete_title(**remove))) == (
        "It is still used: auto-invoicing. Choose another one there first."
    )


def test_somebody_elses_title_does_not_exist():
    story, other = make_story(), make_story()
    refused("not_found", lambda: save(story, other.title.pk))
    refused(
        "not_found",
        lambda: make_default(
            customer=story.customer, title_id=other.title.pk, by=story.user, at=NOW
        ),
    )
    delete_title(customer=story.customer, title_id=other.title.pk, by=story.user, at=NOW)
    assert names(other) == [("Acme Ltd", True)]


def test_a_change_of_name_keeps_address_and_bank_of_the_title():
    story = make_story()
    certify(
        customer=story.customer, kind="enterprise", name="Acme Group Ltd", tax_id=TAX_ID, at=NOW
    )
    assert update_to_certification(customer=story.customer, by=story.user, at=LATER) == 1
    story.title.refresh_from_db()
    assert (story.title.name, story.title.bank) == ("Acme Group Ltd", "Harbour Bank")
    assert update_to_certification(customer=story.customer, by=story.user, at=LATER) == 0


def test_a_change_of_subject_empties_what_belongs_to_the_other_company():
    story = make_story()
    certify(customer=story.customer, kind="enterprise", name="Bolt Ltd", tax_id=OTHER_ID, at=NOW)
    update_to_certification(customer=story.customer, by=story.user, at=LATER)
    story.title.refresh_from_db()
    assert (story.title.name, story.title.tax_id) == ("Bolt Ltd", OTHER_ID)
    assert (story.title.address, story.title.bank_account) == ("", "")


def test_an_individual_who_became_a_company_updates_the_individual_title():
    story = individual()
    save(story, story.title.pk, type="individual", name="Individual", tax_id="")
    certify(customer=story.customer, kind="enterprise", name="Acme Ltd", tax_id=TAX_ID, at=NOW)
    assert update_to_certification(customer=story.customer, by=story.user, at=LATER) == 1
    story.title.refresh_from_db()
    assert (story.title.type, story.title.name, story.title.tax_id, story.title.is_default) == (
        "enterprise", "Acme Ltd", TAX_ID, True,
    )  # fmt: skip


def test_without_a_title_of_the_certified_name_one_is_added_as_default():
    story = make_story()
    save(story, story.title.pk, name="Something Else")
    assert update_to_certification(customer=story.customer, by=story.user, at=LATER) == 1
    assert names(story) == [("Something Else", False), ("Acme Ltd", True)]


def test_updating_needs_a_certification():
    story = individual()
    from tests.unguarded import unguarded

    with unguarded() as cursor:
        cursor.execute("DELETE FROM accounts_certification")
    refused(
        "certification_required",
        lambda: update_to_certification(customer=story.customer, by=story.user, at=NOW),
    )


def test_staff_enter_an_old_tax_number_with_a_reason_and_never_for_special_invoices():
    story, by = make_story("alibaba"), decider()
    enter = {"title": story.title, "by": by, "at": NOW}
    for number in ("91330106MA2CFLT7XP", "12345", "12345678901234-"):
        refused("tax_id_invalid", lambda n=number: enter_old_tax_id(tax_id=n, reason="r", **enter))
    refused(
        "reason_required", lambda: enter_old_tax_id(tax_id="110108123456789", reason="", **enter)
    )
    title = enter_old_tax_id(tax_id="110108 123456789", reason="Never renewed", **enter)
    assert title.tax_id == "110108123456789"
    record = AuditRecord.objects.get()
    assert (record.actor, record.after["reason"]) == (by, "Never renewed")
    story.recharge("100.00", "2026-03-01 09:00")
    story.order("60.00", "2026-03-01 10:00")
    refusal = refused(
        "tax_id_invalid", lambda: story.ask("2026-04-11 09:00", kind="special", amount="10.00")
    )
    assert "the credit code of 18 characters" in str(refusal)
    assert story.ask("2026-04-11 09:00", amount="10.00").buyer["tax_id"] == "110108123456789"


def test_the_old_number_needs_the_right_and_a_stranger():
    story, by = make_story(), decider()
    wish = {"title": story.title, "tax_id": "110108123456789", "reason": "r", "at": NOW}
    refused("not_permitted", lambda: enter_old_tax_id(by=story.user, **wish))
    add_member(customer=story.customer, user=by, role="viewer")
    refused("four_eyes", lambda: enter_old_tax_id(by=by, **wish))
