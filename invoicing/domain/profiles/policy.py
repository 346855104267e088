"""What a billing centre can be different in: one frozen value, a key per habit.

A policy is immutable once used; items and applications store its `code` and `version`. Code asks a key for its
value and looks a strategy up by it; no code asks which profile it is. Where centres contradict each other (C01 ...) stands
in docs/requirements.md, and each profile file cites the row its value comes from.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, Literal

from invoicing.domain.offsetting import OffsetKey

PrepaidTrigger = Literal["paid_and_delivered", "paid", "statement"]
PostpaidStrategy = Literal["next_day", "bill_settled", "statement_after"]
Settlement = Literal["monthly", "daily"]
Eligible = Literal["all", "subscription_after"]
Method = Literal["order", "month", "amount"]
Kind = Annotated[str, "general", "special"]
Medium = Annotated[str, "electronic", "paper"]
SplitStrategy = Literal["auto", "greedy", "balanced"]
CapBasis = Literal["gross", "net"]
ReviewMode = Literal["auto_if_title_matches", "auto", "manual"]
CreditDecision = Literal["system", "person"]
CancelWindow = Literal["until_claimed", "until_issued", "never"]
DayCount = Literal["calendar", "working"]
ShipFrom = Literal["issued", "submitted"]
IndividualTitle = Literal["free", "after_approval"]
EnterpriseTitle = Literal["must_match", "free"]
OffsetTiming = Literal["eager", "on_request", "manual"]
DeficitGate = Literal["account", "entity", "tax_key"]
WithdrawBlock = Literal["all", "deficit_amount"]
Fund = Literal["voucher", "coupon", "rebate", "gift", "cash"]
PaidRight = Literal["payer", "beneficiary"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A profile, as data. Hours are local to the customer; None means that the rule does not exist here."""

    code: str
    version: int
    effective_from: date | None = None

    # When consumption becomes invoiceable, C01 to C03
    prepaid_trigger: PrepaidTrigger
    postpaid_strategy: PostpaidStrategy
    postpaid_hour: int = 10
    bill_day: int = 3
    settlement: Settlement = "monthly"
    overdue_days: int = 7
    eligible: Eligible
    eligible_after: date | None
    invoiceable_funds: frozenset[Fund] = frozenset({"cash"})
    spending_order: tuple[Fund, ...]
    third_party_paid_right: PaidRight

    # How to ask, C08, C09 and C21
    certified_first: bool = True
    methods: tuple[Method, ...]
    partial_amounts: bool
    max_requests_per_month: int | None
    confirm_amount: bool

    # What comes out, C04 to C07
    media: Mapping[Kind, tuple[Medium, ...]]
    caps: Mapping[Medium, Decimal | None]
    cap_basis: CapBasis
    split_strategy: SplitStrategy

    # Review, cancelling and promises, C10 and C15 to C17
    review_mode: ReviewMode
    auto_review_minutes: int
    auto_review_promise_minutes: int
    review_days: int = 3
    cancel_window: Mapping[Medium, CancelWindow]
    issue_after_minutes: int
    issue_target_minutes: int | None
    issue_breach_hours: int | None
    issue_breach_days: int | None
    paper_issue_days: int | None
    paper_ship_days: int | None
    paper_ship_count: DayCount
    paper_ship_from: ShipFrom

    # Who decides a credit that a customer asks for, D22, and by when
    credit_decision: Mapping[Medium, CreditDecision]
    credit_promise_minutes: int = 10
    credit_days: int = 3

    # What comes back with a special paper invoice, C14
    rejection_certificate: bool = False

    # Whose name stands on it, C18 and C19
    individual_title: IndividualTitle
    enterprise_title: EnterpriseTitle
    title_review_days: tuple[int, int] | None

    # What others sell through the marketplace, C27
    marketplace_wait_days: int | None
    marketplace_issue_days: int | None
    marketplace_provider_from: date | None

    # Deficits, C23 to C25
    offset_key: OffsetKey
    offset_timing: OffsetTiming
    deficit_gate: DeficitGate
    withdraw_block: WithdrawBlock

    # Automatic invoicing, C29, and remarks, C31
    auto_invoice_day: int | None
    default_remarks: tuple[str, ...]
    remark_words: tuple[str, ...]

    # The words customers read, by status; English message ids
    labels: Mapping[str, str]

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, Mapping):
                object.__setattr__(self, field.name, MappingProxyType(dict(value)))

    def __hash__(self) -> int:
        return hash((self.code, self.version))
