"""Invoices that nobody chose, one for each number: long names, rare characters, 1 to 40 lines, every rate, credits, caps.

The same number is the same invoice for ever, of characters that the fonts of documents have.
"""

import random
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from invoicing.documents.snapshot import InvoiceSnapshot, Party, SnapshotLine

RATES = tuple(map(Decimal, ("0", "0.01", "0.015", "0.03", "0.05", "0.06", "0.09", "0.13")))
CAPS = {"electronic": Decimal("99999.99"), "paper": Decimal("1000000.00")}
CONFIRMATION = "110108260310"
_HAN = "云服务器存储网络数据库加速安全备份有限公司北京青岛"
_RARE = "喆犇堃昇珺䶮㛃龘𠀡〇（）《》·％①Ⅳαβé"
_LATIN = "ABCxyz0189-/_&<>\"'"
_HUNDREDTH = Decimal("0.01")


class _Chance(random.Random):
    """Seeded; writes with common characters, and with rare ones, which cost whole typefaces, in every third invoice."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self._pools = (_HAN, _HAN, _HAN, _LATIN, _LATIN if seed % 3 else _RARE)

    def words(self, shortest: int, longest: int) -> str:
        count = self.randint(shortest, longest)
        return "".join(self.choice(self.choice(self._pools)) for _ in range(count))


def an_invoice(seed: int, *, mixed: bool = False) -> InvoiceSnapshot:
    """A blue or red invoice of one rate, as the database keeps them; `mixed` has lines of any rate, also outside VAT."""
    chance = _Chance(seed)
    sign = -1 if seed % 4 == 3 else 1
    medium = chance.choice(("electronic", "paper"))
    rate = RATES[seed // 4 % len(RATES)]
    lines = tuple(
        _line(chance, sign, chance.choice((*RATES, None)) if mixed else rate)
        for _ in range(_count(chance, seed))
    )
    if seed % 7 == 0:
        lines = (_taxed(lines[0], sign * CAPS[medium], lines[0].rate),)
    net, tax, gross = (
        sum((getattr(x, part) for x in lines), Decimal(0)) for part in ("net", "tax", "gross")
    )
    return InvoiceSnapshot(
        number=f"26991{seed:05d}{chance.randrange(10**10):010d}",
        kind=chance.choice(("general", "special")),
        medium=medium,
        issued_on=date(2026, chance.randint(1, 12), chance.randint(1, 28)),
        seller=Party(chance.words(1, 100), f"9111{seed:014d}"),
        buyer=Party(chance.words(1, 100), chance.choice(("91370200MA3C8XTY1Q", ""))),
        lines=lines,
        net=net,
        tax=tax,
        gross=gross,
        drawer=chance.words(1, 4),
        remarks="\n".join(chance.words(1, 60) for _ in range(chance.randint(0, 3))),
        specimen=chance.random() < 0.5,
        credit_of=f"26990{seed:015d}" if sign < 0 else None,
        red_confirmation=f"{CONFIRMATION}{seed:08d}" if sign < 0 and seed % 8 == 3 else None,
    )


def _count(chance: _Chance, seed: int) -> int:
    """Mostly a few lines; every eightieth invoice has forty, on many pages."""
    return 40 if seed % 80 == 5 else chance.choice((1, 1, 1, 2, 2, 3, chance.randint(4, 9)))


def _line(chance: _Chance, sign: int, rate: Decimal | None) -> SnapshotLine:
    """A cent to the cap of an e-invoice; two of three with a quantity."""
    cents = chance.choice((chance.randint(1, 200), chance.randint(1, 10**6), 9_999_999))
    counted = chance.random() < 0.66
    bare = SnapshotLine(
        content=chance.words(1, chance.choice((8, 10, 12, 40))),
        short_name=chance.choice(("信息技术服务", "软件", "")),
        tax_code=chance.choice(("3040201030000000000", "1090511000000000000")),
        net=Decimal(sign),
        rate=rate,
        tax=Decimal(0),
        gross=Decimal(sign),
        model=chance.words(0, 12),
        unit=chance.choice(("", "月", "GB", "次")),
        quantity=sign * Decimal(chance.randint(1, 10**6)) / 1000 if counted else None,
    )
    return _taxed(bare, sign * Decimal(cents) / 100, rate)


def _taxed(line: SnapshotLine, gross: Decimal, rate: Decimal | None) -> SnapshotLine:
    net = (gross / (1 + (rate or 0))).quantize(_HUNDREDTH, ROUND_HALF_UP)
    values = vars(line) | {"net": net, "tax": gross - net, "gross": gross}
    return SnapshotLine(**values)
