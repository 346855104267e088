"""Invoice titles: changing, deleting, following the certification; a company's title for an individual."""

import pytest
from django.contrib.auth.models import Permission

from accounts.domain.file_content import CleanFile
from accounts.models import AuditRecord, OutboxMessage, User
from accounts.services.certifying import certify
from accounts.services.opening import add_member
from accounts.services.recipients import (
    add_address,
    add_email,
    change_address,
    choose_default,
    delete_recipient,
)
from invoicing.models import AutoInvoicing, InvoiceTitle
from invoicing.services import auto_invoicing
from invoicing.services.recipients import delete_address, delete_email
from invoicing.services.title_applications import (
    apply_for_title,
    approve_title,
    delete_title_application,
    reject_title,
)
from invoicing.services.titles import (
    delete_title,
    enter_old_tax_id,
    make_default,
    save_title,
    update_to_certification,
)
from tests.accounts.pictures import PDF
from tests.builders import at, make_story, make_user
from tests.refusing import refused

pytestmark = pytest.mark.django_db
NOW, LATER = at("2026-04-10 15:00"), at("2026-04-13 09:00")
TAX_ID, OTHER_ID = "91330106MA2CFLT7XP", "91110108MA0123456G"
DOCUMENT = CleanFile("licence.pdf", "application/pdf", PDF)


def decider(name: str = "decider") -> User:
    user = make_user(name, is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="decide_title"))
    return User.objects.get(pk=user.pk)


def individual(profile: str = "alibaba"):
    story = make_story(profile, kind="individual", name="Li Ming")
    InvoiceTitle.objects.filter(pk=story.title.pk).update(tax_id="")
    return story


def apply(story, key="K1", name="Example Trading Co.", tax_id=TAX_ID, documents=()):
    return apply_for_title(
        customer=story.customer, type="enterprise", name=name, tax_id=tax_id, documents=documents,
        by=story.user, idempotency_key=key, at=NOW,
    )  # fmt: skip


def save(story, title_id=None, **fields):
    values = {"type": "enterprise", "name": "Acme Ltd", "tax_id": TAX_ID} | fields
    return save_title(
        customer=story.customer, fields=values, is_default=False, by=story.user, at=NOW,
        title_id=title_id,
    )  # fmt: skip


def auto(story, **fields):
    wish = {"title": story.title, "kind": "general", "medium": "electronic"} | fields
    return auto_invoicing.enable(customer=story.customer, at=NOW, **{"recipient_email": ""} | wish)


def names(story) -> list[tuple[str, bool]]:
    rows = story.customer.titles.order_by("pk")
    return list(rows.values_list("name", "is_default"))


# Titles


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


# Corporate titles of individuals


def test_an_approved_corporate_title_can_be_used_with_the_tax_id_it_was_approved_with():
    story = individual()
    application = apply(story, documents=[DOCUMENT])
    done = approve_title(application=application, by=decider(), at=LATER)
    assert (done.status, done.title.name, done.title.tax_id) == (
        "approved",
        "Example Trading Co.",
        TAX_ID,
    )
    story.recharge("100.00", "2026-03-01 09:00")
    story.order("60.00", "2026-03-01 10:00")
    asked = story.ask("2026-04-13 10:00", amount="10.00", title_id=done.title.pk)
    assert asked.buyer["name"] == "Example Trading Co."
    forged = save(story, name="Example Trading Co.", tax_id=OTHER_ID)
    refusal = refused(
        "title_not_approved",
        lambda: story.ask("2026-04-13 10:00", amount="10.00", title_id=forged.pk),
    )
    assert refusal.values == {"title": "Example Trading Co."}


def test_a_granted_title_keeps_its_name_and_tax_id_and_is_not_deleted():
    story = individual()
    title = approve_title(application=apply(story), by=decider(), at=LATER).title
    for change in ({"name": "Other"}, {"tax_id": OTHER_ID}, {"type": "organization"}):
        fields = {"name": title.name, "tax_id": title.tax_id} | change
        refused("title_fixed", lambda f=fields: save(story, title.pk, **f))
    granted = {"name": title.name, "tax_id": title.tax_id}
    assert save(story, title.pk, **granted, phone="0571-5555 0177").phone == "0571-5555 0177"
    refused(
        "title_fixed",
        lambda: delete_title(customer=story.customer, title_id=title.pk, by=story.user, at=NOW),
    )


def test_the_answer_is_told_once_on_each_channel():
    story, by = individual(), decider()
    application = apply(story)
    approve_title(application=application, by=by, at=LATER)
    refused("wrong_state", lambda: approve_title(application=application, by=by, at=LATER))
    told = OutboxMessage.objects.filter(topic="title_approved").order_by("channel")
    assert [row.channel for row in told] == ["email", "inbox", "sms"]


def test_a_refused_application_says_why_is_made_again_and_deleted():
    story, by = individual(), decider()
    application = apply(story)
    refused(
        "reason_required", lambda: reject_title(application=application, by=by, reason="", at=LATER)
    )
    done = reject_title(
        application=application, by=by, reason="The letter is not signed.", at=LATER
    )
    assert (done.status, done.reason) == ("rejected", "The letter is not signed.")
    assert apply(story, key="K2").status == "submitted"
    gone = delete_title_application(application=application, by=story.user, at=LATER)
    assert gone.status == "deleted"
    assert delete_title_application(application=gone, by=story.user, at=LATER).status == "deleted"


def test_a_granted_application_is_not_deleted():
    story = individual()
    application = approve_title(application=apply(story), by=decider(), at=LATER)
    refused(
        "wrong_state",
        lambda: delete_title_application(application=application, by=story.user, at=LATER),
    )


def test_the_same_key_is_the_same_application():
    story = individual()
    assert apply(story) == apply(story)
    refused("reference_conflict", lambda: apply(story, name="Other Co."))
    refused("title_waiting", lambda: apply(story, key="K2"))


def test_what_is_granted_needs_no_second_application():
    story = individual()
    approve_title(application=apply(story), by=decider(), at=LATER)
    refused("title_needless", lambda: apply(story, key="K2"))


def test_only_individuals_whose_profile_asks_for_it_apply():
    refused("title_needless", lambda: apply(individual("baidu")))
    refused("title_only_individuals", lambda: apply(make_story("alibaba")))


def test_an_account_that_became_a_company_is_not_granted_another_companys_title():
    story = individual()
    application = apply(story)
    certify(customer=story.customer, kind="enterprise", name="Acme Ltd", tax_id=OTHER_ID, at=NOW)
    refused(
        "title_only_individuals",
        lambda: approve_title(application=application, by=decider(), at=LATER),
    )


def test_deciding_needs_the_right_and_a_second_pair_of_eyes():
    story, by = individual(), decider()
    application = apply(story)
    refused(
        "not_permitted", lambda: approve_title(application=application, by=story.user, at=LATER)
    )
    add_member(customer=story.customer, user=by, role="finance")
    refused("four_eyes", lambda: approve_title(application=application, by=by, at=LATER))


# Recipients


def test_an_address_is_changed_with_both_sides_written_down():
    story = make_story()
    address = story.customer.addresses.get()
    fields = {"recipient": "Wang", "phone": "1", "line": "9 Hill Road", "postcode": "310000"}
    change_address(
        customer=story.customer, address_id=address.pk, fields=fields, is_default=False,
        by=story.user, at=NOW,
    )  # fmt: skip
    address.refresh_from_db()
    assert (address.line, address.is_default) == ("9 Hill Road", True)
    record = AuditRecord.objects.get()
    assert (record.before["line"], record.after["line"]) == ("1 River Road", "9 Hill Road")


def test_defaults_move_and_the_oldest_follows_a_deleted_default():
    story = make_story()
    second = add_email(customer=story.customer, email="second@acme.example", is_default=False)
    act = {"customer": story.customer, "by": story.user, "at": NOW}
    choose_default(model=type(second), pk=second.pk, **act)
    emails = story.customer.emails.order_by("pk")
    assert list(emails.values_list("is_default", flat=True)) == [False, True]
    delete_email(email_id=second.pk, **act)
    assert list(emails.values_list("is_default", flat=True)) == [True]


def test_an_email_that_auto_invoicing_sends_to_is_not_deleted():
    story = make_story("alibaba")
    second = add_email(customer=story.customer, email="second@acme.example", is_default=False)
    auto(story, recipient_email="second@acme.example")
    act = {"customer": story.customer, "by": story.user, "at": NOW}
    refused("title_in_use", lambda: delete_email(email_id=second.pk, **act))
    delete_email(email_id=story.customer.emails.exclude(pk=second.pk).get().pk, **act)
    assert story.customer.emails.get() == second


def test_the_last_email_and_address_stay_while_auto_invoicing_needs_them():
    story = make_story("alibaba")
    act = {"customer": story.customer, "by": story.user, "at": NOW}
    email, address = story.customer.emails.get(), story.customer.addresses.get()
    auto(story)
    refused("title_in_use", lambda: delete_email(email_id=email.pk, **act))
    AutoInvoicing.objects.update(medium="paper")
    refused("title_in_use", lambda: delete_address(address_id=address.pk, **act))
    add_address(
        customer=story.customer, recipient="W", phone="1", line="x", postcode="", is_default=False
    )
    delete_address(address_id=address.pk, **act)
    assert story.customer.addresses.get().is_default


def test_somebody_elses_recipient_does_not_exist():
    story, other = make_story(), make_story()
    email = other.customer.emails.get()
    act = {"customer": story.customer, "by": story.user, "at": NOW}
    refused("not_found", lambda: delete_recipient(model=type(email), pk=email.pk, **act))
    refused("not_found", lambda: choose_default(model=type(email), pk=email.pk, **act))
