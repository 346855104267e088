"""What is printed in the remarks and in the model column."""

import json

import pytest

from invoicing.models import AutoInvoicing, InvoiceApplication
from tests.builders import at
from tests.scenarios.stage import ALL
from tests.scenarios.test_selecting import two_months


def frozen(story, invoice="A1/1"):
    found = story.story.find("invoice", invoice)
    return json.loads(found.snapshot)


@pytest.mark.parametrize("profile", ALL)
@pytest.mark.parametrize(("model", "printed"), [("blank", ""), ("none", "无")])
def test_sc_44_the_model_column_is_blank_or_says_none(stage, profile, model, printed):  # A43
    story = stage(profile)
    story.paid_order("O1", "60.00", "2026-03-01 10:00")
    story.paid_order("O2", "40.00", tax_key="T6")
    story.do("advance", to="2026-04-04 00:00")
    wish = {"method": "month", "months": ["2026-03"], "model": model}
    story.apply("A1", **wish, confirm_amount="100.00")
    story.issue("A1")
    assert [line["model"] for line in frozen(story)["lines"]] == [printed, printed]


TITLE_LINES = [
    "购买方地址、电话：1 River Road 0571-5555 0101",
    "购买方开户行及账号：Harbour Bank 6200000000000001",
]


@pytest.mark.parametrize(
    ("profile", "lines"), [("alibaba", TITLE_LINES), ("standard", TITLE_LINES), ("baidu", [])]
)
def test_sc_45_both_boxes_are_ticked_where_the_profile_says_so_and_can_be_cleared(
    stage, profile, lines
):  # A44, B56, C31
    story = stage(profile)
    story.paid_order("O1", "60.00", "2026-03-01 10:00")
    story.paid_order("O2", "40.00")
    story.apply("A1", method="order", orders=["O1"], remarks="PO 7")
    story.apply("A2", method="order", orders=["O2"], remarks="PO 8", remark_parts=[])
    for ref in ("A1", "A2"):
        story.issue(ref)
    assert frozen(story)["remarks"].split("\n") == ["PO 7", *lines]
    assert frozen(story, "A2/1")["remarks"] == "PO 8"


def test_sc_45_wishes_are_warned_about_and_may_be_rejected(stage):  # A45, C31
    story = stage("alibaba")
    story.paid_order("O1", "60.00", "2026-03-01 10:00")
    wish = {"account": "acme", "method": "order", "orders": ["O1"], "remarks": "urgent, please"}
    assert story.ask("preview", **wish)["warnings"] == [
        {"code": "irrelevant_remark", "words": ["urgent"]}
    ]
    story.do("apply", ref="A1", **wish)
    assert story.do("reject", application="A1", reason="irrelevant_remark") == {
        "status": "rejected"
    }
    assert story.application("A1").reason == "irrelevant_remark"
    assert story.open() == "60.00"


@pytest.mark.parametrize("remarks", ["urgent, please", "请尽快开票"])
def test_a45_such_words_wait_for_a_person_where_everything_else_approves_itself(stage, remarks):
    story = stage("alibaba")
    story.paid_order("O1", "60.00", "2026-03-01 10:00")
    story.paid_order("O2", "40.00")
    story.apply("A1", method="order", orders=["O1"], remarks=remarks)
    story.apply("A2", method="order", orders=["O2"], remarks="insurgent")
    waiting = story.application("A1")
    assert waiting.auto_review_at is None
    assert waiting.review_due_at == at("2026-03-04 10:00")
    story.do("advance", to="2026-03-06 10:00")
    status = [story.ask("application", application=ref)["status"] for ref in ("A1", "A2")]
    assert status == ["pending_approval", "issued"]
    story.do("approve", application="A1")


def test_a45_it_stays_with_the_person_when_the_certification_changes(stage):
    story = stage("alibaba")
    story.paid_order("O1", "60.00", "2026-03-01 10:00")
    story.apply("A1", method="order", orders=["O1"], remarks="as soon as possible")
    story.do("certify", account="acme", name="Acme Group Ltd")
    assert story.application("A1").title_matches is False
    assert story.application("A1").auto_review_at is None


def test_a45_also_when_it_is_invoiced_automatically(stage):
    story = stage("alibaba")
    story.do("auto_invoicing", "2026-03-01 10:00", account="acme", enabled=True)
    AutoInvoicing.objects.update(remarks="urgent")
    story.paid_order("O1", "60.00", "2026-03-02 10:00")
    story.do("advance", to="2026-04-06 10:00")
    made = InvoiceApplication.objects.get()
    assert (made.status, made.auto_review_at) == ("pending_approval", None)


def test_sc_45_the_limit_counts_the_boxes_and_defaults_never_exceed_it(stage):
    story = stage("alibaba")
    story.paid_order("O1", "60.00", "2026-03-01 10:00")
    wish = {"account": "acme", "method": "order", "orders": ["O1"], "remarks": "x" * 200}
    both = ["address_phone", "bank_account"]
    refusal = story.refused("apply", ref="A1", **wish, remark_parts=both)
    assert refusal["refused"] == "remarks_too_long"
    story.do("apply", ref="A1", **wish)
    assert story.application("A1").remarks == "x" * 200


def test_each_month_of_its_own_invoice_is_named_on_it(stage):
    story = two_months(stage, "alibaba")
    months = ["2026-01", "2026-02"]
    story.apply("A1", method="month", months=months, separate=True)
    story.issue("A1")
    assert frozen(story)["remarks"].split("\n") == ["2026-01", *TITLE_LINES]
    assert frozen(story, "A1/2")["remarks"].split("\n")[0] == "2026-02"


def test_a_correction_prints_the_lines_of_the_new_title(stage):
    story = stage("alibaba")
    story.paid_order("O1", "60.00", "2026-03-01 10:00")
    story.apply("A1", method="order", orders=["O1"], remarks="PO 7", model="none")
    story.issue("A1")
    names = {"type": "enterprise", "name": "Acme Ltd", "tax_id": "91330106MA2CFLT7XP"}
    story.do("title", ref="T2", account="acme", **names, address="9 Hill Road", phone="0571-1")
    story.do("reissue", ref="A2", invoice="A1/1", title="T2")
    corrected = story.application("A2")
    assert corrected.remarks.split("\n") == ["PO 7", "购买方地址、电话：9 Hill Road 0571-1"]
    assert corrected.model == "none"
