"""Baidu AI Cloud, as its invoice FAQ of 2025-10-27 says."""

from decimal import Decimal

from finance_console.kernel.errors import gettext_noop as _
from invoicing.domain.profiles.policy import Policy

BAIDU = Policy(
    code="baidu",
    version=1,
    prepaid_trigger="paid_and_delivered",  # B04
    postpaid_strategy="next_day",  # B05
    postpaid_hour=10,  # B07
    bill_day=3,  # not stated; the month closes for usage as everywhere else
    settlement="monthly",  # not stated; where it settles daily, a variant says so
    overdue_days=7,  # not stated; when an unsettled bill is called overdue
    eligible="all",  # B30; the marketplace has its own total (B10)
    eligible_after=None,  # no cut-off date (K08 only)
    invoiceable_funds=frozenset({"cash"}),  # B09
    spending_order=("voucher", "coupon", "rebate", "gift", "cash"),  # B09, non-cash first
    third_party_paid_right="payer",  # B14, B15
    certified_first=True,  # C21, B28
    methods=("order", "month", "amount"),  # B61, B62
    partial_amounts=True,  # B61
    max_requests_per_month=None,  # C08
    confirm_amount=False,  # K12 only
    media={"general": ("electronic", "paper"), "special": ("paper",)},  # B37
    caps={"electronic": Decimal("99999.99"), "paper": Decimal("1000000.00")},  # B34, B35
    cap_basis="gross",  # D06
    split_strategy="auto",  # B36, D05
    review_mode="auto_if_title_matches",  # B42
    auto_review_minutes=5,  # inside the promise of B42
    auto_review_promise_minutes=10,  # B42
    review_days=3,  # B43
    cancel_window={"electronic": "until_claimed", "paper": "until_claimed"},  # B16, B17, D15
    issue_after_minutes=1,  # inside the target of B59
    issue_target_minutes=5,  # B59
    issue_breach_hours=24,  # B44
    issue_breach_days=None,  # stated in hours (B44)
    paper_issue_days=15,  # B45
    paper_ship_days=3,  # B45
    paper_ship_count="calendar",  # B45
    paper_ship_from="issued",  # B45
    credit_decision={"electronic": "system", "paper": "person"},  # B22, D22
    credit_promise_minutes=10,  # not stated (D22); as an automatic review (B42)
    credit_days=3,  # not stated (D22); as a review by people (B43)
    rejection_certificate=True,  # B20
    individual_title="free",  # B50
    enterprise_title="must_match",  # B51
    title_review_days=None,  # no such application (A10 only)
    marketplace_wait_days=7,  # B11, D10
    marketplace_issue_days=None,  # not stated (A47 only)
    marketplace_provider_from=None,  # B12, always the provider
    offset_key="entity_code_rate",  # B41
    offset_timing="eager",  # B40, D07
    deficit_gate="account",  # B62
    withdraw_block="all",  # B38, D11
    auto_invoice_day=None,  # C29
    default_remarks=(),  # B56, free text
    remark_words=(),  # C31
    labels={  # B18
        "pending_approval": _("Pending Approval"),
        "approved": _("Approved"),
        "rejected": _("Rejected"),
        "withdrawn": _("Withdrawn"),
        "planned": _("Approved"),
        "failed": _("Approved"),
        "dropped": _("Withdrawn"),
        "issued": _("Issued"),
        "shipped": _("Shipped"),
        "received": _("Shipped"),
        "crediting": _("Red-issuing"),
        "credited": _("Red-issued"),
    },
)
