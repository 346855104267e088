"""Kingsoft Cloud, as its pages on applying for and returning invoices of 2021-05-27 say."""

from datetime import date

from finance_console.kernel.errors import gettext_noop as _
from invoicing.domain.profiles.policy import Policy

KINGSOFT = Policy(
    code="kingsoft",
    version=1,
    prepaid_trigger="statement",  # K01
    postpaid_strategy="statement_after",  # K05
    postpaid_hour=0,  # D09
    bill_day=3,  # K05
    settlement="monthly",  # K05, a statement per month
    overdue_days=7,  # not stated; when an unsettled bill is called overdue
    eligible="subscription_after",  # K08
    eligible_after=date(2018, 1, 31),  # K08
    invoiceable_funds=frozenset({"cash"}),  # K06
    spending_order=("voucher", "coupon", "rebate", "gift", "cash"),  # K06, non-cash first
    third_party_paid_right="payer",  # C28
    certified_first=False,  # K09
    methods=("month",),  # K01
    partial_amounts=False,  # C08
    max_requests_per_month=1,  # K07
    confirm_amount=True,  # K12
    media={"general": ("paper",), "special": ("paper",)},  # K02
    caps={"electronic": None, "paper": None},  # C06
    cap_basis="gross",  # D06
    split_strategy="auto",  # D05
    review_mode="manual",  # C15
    auto_review_minutes=0,  # never automatic (C15)
    auto_review_promise_minutes=0,  # never automatic (C15)
    review_days=3,  # K13
    cancel_window={"electronic": "never", "paper": "never"},  # K14
    issue_after_minutes=1,  # well inside K13
    issue_target_minutes=None,  # C16
    issue_breach_hours=None,  # paper only (K02)
    issue_breach_days=None,  # paper only (K02)
    paper_issue_days=3,  # K13
    paper_ship_days=3,  # K13, issued and sent within the same three days
    paper_ship_count="working",  # K13
    paper_ship_from="submitted",  # K13
    credit_decision={"electronic": "person", "paper": "person"},  # K23, D22
    credit_promise_minutes=10,  # not stated (D22); as an automatic review (B42)
    credit_days=3,  # not stated (D22); as a review by people (B43)
    rejection_certificate=False,  # B20 only
    individual_title="free",  # K11
    enterprise_title="free",  # K11
    title_review_days=None,  # no such application (A10 only)
    marketplace_wait_days=None,  # C27
    marketplace_issue_days=None,  # not stated (A47 only)
    marketplace_provider_from=date(2020, 10, 29),  # K03, except self-operated services
    offset_key="entity_code_rate",  # C24
    offset_timing="on_request",  # C25
    deficit_gate="entity",  # C23
    withdraw_block="deficit_amount",  # C23
    auto_invoice_day=None,  # C29
    default_remarks=(),  # C31
    remark_words=(),  # C31
    labels={  # K12, K13, K23; the pages never list them
        "pending_approval": _("Requested"),
        "approved": _("Requested"),
        "rejected": _("Rejected"),
        "withdrawn": _("Withdrawn"),
        "planned": _("Requested"),
        "failed": _("Requested"),
        "dropped": _("Withdrawn"),
        "issued": _("Issued"),
        "shipped": _("Sent"),
        "received": _("Sent"),
        "crediting": _("Returning"),
        "credited": _("Returned"),
    },
)
