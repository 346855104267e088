"""The superset a new deployment starts with: the kindest rule wherever the three centres differ."""

from decimal import Decimal

from finance_console.kernel.errors import gettext_noop as _
from invoicing.domain.profiles.policy import Policy

STANDARD = Policy(
    code="standard",
    version=1,
    prepaid_trigger="paid_and_delivered",  # B04
    postpaid_strategy="bill_settled",  # A16
    postpaid_hour=10,  # B07, for a variant that waits for the next day
    bill_day=3,  # A18, K05
    settlement="monthly",  # a bill per month (A18, K05)
    overdue_days=7,  # not stated; when an unsettled bill is called overdue
    eligible="all",  # B30; the marketplace has its own total (B10)
    eligible_after=None,  # no cut-off date (K08 only)
    invoiceable_funds=frozenset({"cash"}),  # B09, K06
    spending_order=("voucher", "coupon", "rebate", "gift", "cash"),  # C22, non-cash first
    third_party_paid_right="payer",  # B14, C28
    certified_first=True,  # C21, as most centres
    methods=("order", "month", "amount"),  # A20, C09
    partial_amounts=True,  # A39
    max_requests_per_month=None,  # C08
    confirm_amount=False,  # K12 only
    media={"general": ("electronic", "paper"), "special": ("electronic", "paper")},  # C04, C05
    caps={"electronic": Decimal("99999.99"), "paper": Decimal("1000000.00")},  # C06
    cap_basis="gross",  # D06
    split_strategy="auto",  # D05
    review_mode="auto_if_title_matches",  # C15
    auto_review_minutes=5,  # inside the promise of B42
    auto_review_promise_minutes=10,  # B42
    review_days=3,  # B43
    cancel_window={"electronic": "until_issued", "paper": "until_claimed"},  # C10
    issue_after_minutes=1,  # inside the target of B59
    issue_target_minutes=5,  # C16
    issue_breach_hours=24,  # C16
    issue_breach_days=None,  # stated in hours (B44)
    paper_issue_days=15,  # C17
    paper_ship_days=3,  # C17
    paper_ship_count="calendar",  # C17
    paper_ship_from="issued",  # C17
    credit_decision={"electronic": "system", "paper": "person"},  # B22, D22
    credit_promise_minutes=10,  # not stated (D22); as an automatic review (B42)
    credit_days=3,  # not stated (D22); as a review by people (B43)
    rejection_certificate=False,  # B20 only
    individual_title="after_approval",  # C18
    enterprise_title="must_match",  # C19
    title_review_days=(3, 5),  # A10
    marketplace_wait_days=7,  # C27, D10
    marketplace_issue_days=7,  # A47
    marketplace_provider_from=None,  # B12, always the provider
    offset_key="entity_code_rate",  # C24
    offset_timing="on_request",  # D07
    deficit_gate="tax_key",  # C23
    withdraw_block="deficit_amount",  # D11
    auto_invoice_day=5,  # C29
    default_remarks=("address_phone", "bank_account"),  # A44
    remark_words=("urgent", "as soon as possible", "加急", "尽快"),  # A45
    labels={  # B18, A27 and the steps between
        "pending_approval": _("Pending Approval"),
        "approved": _("Approved"),
        "rejected": _("Rejected"),
        "withdrawn": _("Withdrawn"),
        "planned": _("Approved"),
        "failed": _("Issue failed"),
        "dropped": _("Withdrawn"),
        "issued": _("Issued"),
        "shipped": _("Shipped"),
        "received": _("Received"),
        "crediting": _("Crediting"),
        "credited": _("Credited"),
    },
)
