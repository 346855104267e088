"""Certification: asked for by the customer, decided by staff, in versions (B28, B52, B53, A07, A08)."""

import pytest

from accounts.domain.file_content import CleanFile
from accounts.models import AuditRecord, CertificationRequest, OutboxMessage, User
from accounts.services.customers.opening import add_member
from accounts.services.requests.certifying import (
    approve_certification,
    cancel_certification,
    in_force,
    reject_certification,
    request_certification,
)
from tests.accounts.pictures import PDF
from tests.builders import at, close, make_story, make_user
from tests.refusing import refused

pytestmark = pytest.mark.django_db
NOW, LATER = at("2026-04-01 09:00"), at("2026-04-02 09:00")
DOCUMENT = CleanFile("licence.pdf", "application/pdf", PDF)
TAX_ID = "91330106MA2CFLT7XP"  # the one of make_story
OTHER_ID = "91110108MA0123456G"


def decider(name: str = "certifier") -> User:
    from django.contrib.auth.models import Permission

    user = make_user(name, is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="decide_certification"))
    return User.objects.get(pk=user.pk)


def ask(story, key="K1", when=NOW, **fields) -> CertificationRequest:
    wish = {"kind": "enterprise", "name": "Acme Group Ltd", "tax_id": TAX_ID} | fields
    return request_certification(
        customer=story.customer, by=story.user, idempotency_key=key, at=when, **wish
    )


def told(story) -> list[tuple[str, str]]:
    rows = OutboxMessage.objects.filter(customer=story.customer).order_by("topic", "channel")
    return list(rows.values_list("topic", "channel"))


def test_a_change_of_name_is_a_new_version_from_the_decision_on_and_the_customer_is_told():
    story = make_story()
    request = ask(story, documents=[DOCUMENT])
    assert (request.change, request.documents.get().name) == ("name", "licence.pdf")
    assert in_force(story.customer).name == "Acme Ltd"
    request = approve_certification(request=request, by=decider(), at=LATER)
    assert (request.status, request.certification) == ("approved", in_force(story.customer))
    versions = story.customer.certifications.order_by("version")
    assert [(v.version, v.name) for v in versions] == [(1, "Acme Ltd"), (2, "Acme Group Ltd")]
    assert in_force(story.customer).certified_at == LATER
    assert told(story) == [("certification_approved", c) for c in ("email", "inbox", "sms")]


def test_another_tax_id_or_kind_is_a_change_of_subject():
    story = make_story(kind="individual", name="Li Ming")
    request = ask(story, kind="enterprise", name="Acme Ltd", tax_id=OTHER_ID)
    assert request.change == "subject"
    approve_certification(request=request, by=decider(), at=LATER)
    story.customer.refresh_from_db()
    assert story.customer.kind == "enterprise"


def test_a_company_never_becomes_an_individual_again():
    story = make_story()
    refused("irreversible", lambda: ask(story, kind="individual", name="Li Ming", tax_id=""))


def test_the_same_key_is_the_same_request_and_another_wish_a_conflict():
    story = make_story()
    first = ask(story, documents=[DOCUMENT])
    assert ask(story, documents=[DOCUMENT]) == first
    assert first.documents.count() == 1
    refused("reference_conflict", lambda: ask(story, name="Other Ltd"))


def test_one_request_waits_at_a_time_until_it_is_taken_back():
    story = make_story()
    first = ask(story)
    refused("certification_waiting", lambda: ask(story, key="K2", name="Other Ltd"))
    cancel_certification(request=first, by=story.user, at=LATER)
    assert cancel_certification(request=first, by=story.user, at=LATER).status == "cancelled"
    assert ask(story, key="K2", name="Other Ltd").status == "submitted"


def test_a_request_that_changes_nothing_is_refused():
    story = make_story()
    refusal = refused("certification_unchanged", lambda: ask(story, name="Acme Ltd"))
    assert refusal.values == {"name": "Acme Ltd"}


def test_a_refusal_gives_its_reason_and_the_customer_asks_again():
    story, by = make_story(), decider()
    request = ask(story)
    refused(
        "reason_required",
        lambda: reject_certification(request=request, by=by, reason=" ", at=LATER),
    )
    done = reject_certification(request=request, by=by, reason=" The scan is cut off. ", at=LATER)
    assert (done.status, done.reason, done.certification) == (
        "rejected",
        "The scan is cut off.",
        None,
    )
    assert in_force(story.customer).name == "Acme Ltd"
    assert told(story) == [("certification_rejected", c) for c in ("email", "inbox", "sms")]
    refused("wrong_state", lambda: approve_certification(request=request, by=by, at=LATER))
    assert ask(story, key="K2").status == "submitted"


def test_deciding_needs_the_right_and_a_second_pair_of_eyes():
    story, by = make_story(), decider()
    request = ask(story)
    stranger = make_user("stranger", is_staff=True)
    refused("not_permitted", lambda: approve_certification(request=request, by=stranger, at=LATER))
    refused("not_permitted", lambda: cancel_certification(request=request, by=stranger, at=LATER))
    add_member(customer=story.customer, user=by, role="viewer")
    refused("four_eyes", lambda: approve_certification(request=request, by=by, at=LATER))
    refused("four_eyes", lambda: reject_certification(request=request, by=by, reason="x", at=LATER))


def test_who_asked_for_it_cannot_approve_it_after_leaving_the_customer():
    story, by = make_story(), decider()
    add_member(customer=story.customer, user=by, role="finance")
    request = request_certification(
        customer=story.customer, kind="enterprise", name="Acme Group Ltd", tax_id=TAX_ID, by=by,
        idempotency_key="K1", at=NOW,
    )  # fmt: skip
    by.memberships.all().delete()
    refused("four_eyes", lambda: approve_certification(request=request, by=by, at=LATER))


def test_only_members_who_may_act_ask():
    story = make_story()
    reader = make_user("reader")
    add_member(customer=story.customer, user=reader, role="viewer")
    story.user = reader
    refused("not_permitted", lambda: ask(story))


def test_a_closed_account_is_not_certified_any_more():
    story = make_story()
    request = ask(story)
    close(story.customer)
    refused("account_closed", lambda: ask(story, key="K2"))
    refused(
        "account_closed", lambda: approve_certification(request=request, by=decider(), at=LATER)
    )


def test_the_first_certification_becomes_the_default_title():
    story = make_story()
    story.title.delete()
    approve_certification(request=ask(story), by=decider(), at=LATER)
    title = story.customer.titles.get()
    assert (title.type, title.name, title.tax_id, title.is_default) == (
        "enterprise", "Acme Group Ltd", TAX_ID, True,
    )  # fmt: skip
    assert AuditRecord.objects.get(customer=story.customer).action == "title_changed"


@pytest.mark.parametrize(("profile", "name"), [("alibaba", "Individual"), ("baidu", "Li Min")])
def test_a_certified_individual_without_a_title_gets_the_one_of_the_profile(profile, name):
    story = make_story(profile, kind="individual", name="Li Ming")
    story.title.delete()
    request = ask(story, kind="individual", name="Li Min", tax_id="")
    approve_certification(request=request, by=decider(), at=LATER)
    assert (story.customer.titles.get().name, story.customer.titles.get().tax_id) == (name, "")
