"""A company's title for an individual: applied for, decided, used."""

import pytest

from accounts.domain.file_content import CleanFile
from accounts.models import OutboxMessage
from accounts.services.customers.opening import add_member
from accounts.services.requests.certifying import certify
from invoicing.services.titles.corporate import (
    apply_for_title,
    approve_title,
    delete_title_application,
    reject_title,
)
from invoicing.services.titles.keeping import delete_title
from tests.accounts.pictures import PDF
from tests.builders import make_story
from tests.invoicing.title_stage import LATER, NOW, OTHER_ID, TAX_ID, decider, individual, save
from tests.refusing import refused

pytestmark = pytest.mark.django_db

DOCUMENT = CleanFile("licence.pdf", "application/pdf", PDF)


def apply(story, key="K1", name="Example Trading Co.", tax_id=TAX_ID, documents=()):
    return apply_for_title(
        customer=story.customer, type="enterprise", name=name, tax_id=tax_id, documents=documents,
        by=story.user, idempotency_key=key, at=NOW,
    )  # fmt: skip


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
