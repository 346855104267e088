"""Alibaba Cloud, as its help page on issuing invoices says."""

from finance_console.kernel.errors import gettext_noop as _
from invoicing.domain.profiles.policy import Policy

ALIBABA = Policy(
    code="alibaba",
    version=1,
    prepaid_trigger="paid",  # A17
    postpaid_strategy="bill_settled",  # A16
    postpaid_hour=0,  # the page names a day only
    bill_day=3,  # A18
    settlement="monthly",  # A18, a bill per month
    overdue_days=7,  # not stated; when an unsettled bill is called overdue
    eligible="all",  # A14
    eligible_after=None,  # no cut-off date (K08 only)
    invoiceable_funds=frozenset({"cash"}),  # C22
    spending_order=("voucher", "coupon", "rebate", "gift", "cash"),  # C22, non-cash first
    third_party_paid_right="payer",  # C28
    certified_first=True,  # C21, A01
    methods=("order", "month", "amount"),  # A20
    partial_amounts=True,  # A21, A39
    max_requests_per_month=None,  # C08
    confirm_amount=False,  # K12 only
    media={"general": ("electronic",), "special": ("electronic",)},  # A04, A06
    caps={"electronic": None, "paper": None},  # C06
    cap_basis="gross",  # D06
    split_strategy="auto",  # D05
    review_mode="auto",  # C15
    auto_review_minutes=0,  # C15
    auto_review_promise_minutes=0,  # C15
    review_days=3,  # for what a reviewer stops all the same (A45)
    cancel_window={"electronic": "until_issued", "paper": "until_issued"},  # A28
    issue_after_minutes=1,  # well inside A01
    issue_target_minutes=None,  # C16
    issue_breach_hours=None,  # stated in days (A01)
    issue_breach_days=1,  # A01, A60
    paper_issue_days=None,  # electronic only
    paper_ship_days=None,  # electronic only (A06)
    paper_ship_count="working",  # nothing ships (A06)
    paper_ship_from="issued",  # nothing ships (A06)
    credit_decision={"electronic": "system", "paper": "person"},  # A30, D22
    credit_promise_minutes=10,  # not stated (D22); as an automatic review (B42)
    credit_days=3,  # not stated (D22); as a review by people (B43)
    rejection_certificate=False,  # B20 only
    individual_title="after_approval",  # A09, A11
    enterprise_title="must_match",  # A02, A05
    title_review_days=(3, 5),  # A10
    marketplace_wait_days=None,  # C27
    marketplace_issue_days=7,  # A47
    marketplace_provider_from=None,  # A47, always the provider
    offset_key="entity_code_rate",  # C24
    offset_timing="on_request",  # A56, C25
    deficit_gate="entity",  # C23
    withdraw_block="deficit_amount",  # C23
    auto_invoice_day=5,  # A22
    default_remarks=("address_phone", "bank_account"),  # A44
    remark_words=("urgent", "as soon as possible", "加急", "尽快"),  # A45
    labels={  # A27 to A31
        "pending_approval": _("Invoicing"),
        "approved": _("Invoicing"),
        "rejected": _("Rejected"),
        "withdrawn": _("Voided"),
        "planned": _("Invoicing"),
        "failed": _("Invoicing"),
        "dropped": _("Voided"),
        "issued": _("Invoiced"),
        "shipped": _("Invoiced"),
        "received": _("Invoiced"),
        "crediting": _("Crediting"),
        "credited": _("Credited"),
    },
)
