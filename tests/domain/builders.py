"""The tax keys of the acceptance scenarios, and short ways to say what a customer consumed."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from invoicing.domain.planning import Candidate, DeficitItem, Plan, TaxKey

SHANGHAI = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 3, 1, 1, tzinfo=UTC)


def tax_key(category_id: int, entity_id: int, content: str, rate: str) -> TaxKey:
    return TaxKey(
        category_id=category_id,
        entity_id=entity_id,
        tax_code=f"30402010{category_id:011}",
        content=content,
        rate=Decimal(rate),
    )


S6 = tax_key(1, 1, "S6", "0.06")
T6 = tax_key(2, 1, "T6", "0.06")
H13 = tax_key(3, 1, "H13", "0.13")
M9 = tax_key(4, 2, "M9", "0.09")
C6 = tax_key(5, 2, "C6", "0.06")
D6 = tax_key(6, 3, "D6", "0.06")
KEYS = (S6, T6, H13, M9, C6, D6)


def order(
    item_id: int,
    amount: str,
    key: TaxKey = S6,
    *,
    period: str = "2026-03",
    member: int | None = None,
) -> Candidate:
    """Item number n was paid n minutes after the start."""
    return Candidate(
        item_id=item_id,
        key=key,
        amount=Decimal(amount),
        paid_at=START + timedelta(minutes=item_id),
        period=period,
        member_id=member,
    )


def deficit(item_id: int, amount: str, key: TaxKey = S6) -> DeficitItem:
    return DeficitItem(
        item_id=item_id,
        key=key,
        amount=Decimal(amount),
        occurred_at=START + timedelta(minutes=item_id),
    )


def amounts(plan: Plan) -> list[tuple[int, str, str, str]]:
    """(entity, net, tax, gross) of every invoice, as printed."""
    return [(i.entity_id, str(i.net), str(i.tax), str(i.gross)) for i in plan.invoices]


def local(text: str) -> datetime:
    """A moment in Shanghai: "2026-03-31 23:59:59"."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)
