"""Six months of consumption as stacked bars: plain numbers for an SVG without styles."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from finance_console.kernel.money import ZERO, round_money

WIDTH, TOP, BOTTOM, LEFT, STEP, BAR = 640, 24, 270, 70, 98, 46
STEPS = (1, 2, 4, 5, 10)
GAP = Decimal("1.50")


@dataclass(frozen=True, slots=True)
class Bar:
    """One month: places and heights in the drawing, and the amounts for the table."""

    month: str
    x: int
    middle: int
    lower_y: Decimal
    lower_height: Decimal
    upper_y: Decimal
    upper_height: Decimal
    label_y: Decimal
    short: str
    prepaid: Decimal
    postpaid: Decimal

    @property
    def total(self) -> Decimal:
        return self.prepaid + self.postpaid


@dataclass(frozen=True, slots=True)
class GridLine:
    y: Decimal
    text_y: Decimal
    short: str


@dataclass(frozen=True, slots=True)
class Chart:
    bars: list[Bar]
    grid: list[GridLine]

    @property
    def is_empty(self) -> bool:
        return not any(bar.total for bar in self.bars)


def chart(months: Mapping[str, tuple[Decimal, Decimal]]) -> Chart:
    """Bars for (prepaid, postpaid) amounts per month, oldest first."""
    top = _ceiling(max((sum(amounts, ZERO) for amounts in months.values()), default=ZERO))
    bars = [
        _bar(place, month, *amounts, top) for place, (month, amounts) in enumerate(months.items())
    ]
    levels = [top * part / 4 for part in range(5)]
    grid = [GridLine(_y(level, top), _y(level, top) + 4, short(level)) for level in levels]
    return Chart(bars, grid)


def _bar(place: int, month: str, prepaid: Decimal, postpaid: Decimal, top: Decimal) -> Bar:
    x = LEFT + STEP * place
    lower, upper = _y(prepaid, top), _y(prepaid + postpaid, top)
    gap = GAP if prepaid and postpaid else ZERO
    return Bar(
        month=month,
        x=x,
        middle=x + BAR // 2,
        lower_y=lower,
        lower_height=BOTTOM - lower,
        upper_y=upper,
        upper_height=max(ZERO, lower - upper - gap),
        label_y=upper - 6,
        short=short(prepaid + postpaid),
        prepaid=prepaid,
        postpaid=postpaid,
    )


def _y(amount: Decimal, top: Decimal) -> Decimal:
    return round_money(BOTTOM - amount / top * (BOTTOM - TOP))


def _ceiling(highest: Decimal) -> Decimal:
    """A round number at or above `highest`, in four even steps."""
    if highest <= 0:
        return Decimal(100)
    power = Decimal(10) ** highest.adjusted()
    return next(step * power for step in STEPS if step * power >= highest)


def short(amount: Decimal) -> str:
    """58.2k, 1.4M; small amounts as they are."""
    for size, sign in ((Decimal(10) ** 6, "M"), (Decimal(10) ** 3, "k")):
        if amount >= size:
            text = f"{amount / size:.1f}"
            return (text[:-2] if text.endswith(".0") else text) + sign
    return f"{amount:.0f}"
