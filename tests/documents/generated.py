"""Invoices that nobody thought of: Hypothesis makes snapshots with every rate, rare characters, caps and credits."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from random import Random

from hypothesis import strategies as st

from invoicing.documents.snapshot import InvoiceSnapshot, Party, SnapshotLine

RATES = [
    None,
    *(Decimal(rate) for rate in ("0", "0.01", "0.015", "0.03", "0.05", "0.06", "0.09", "0.13")),
]
_RARE = "喆犇堃昇珺𠮷龘〇（）·－＆<>&\"'*①Ⅳéß ’"
_FAVOURITES = "云服务器北京市科技有限公司ABCxyz0123456789" + _RARE


_ANYTHING = st.characters(
    codec="utf-8",
    exclude_categories=("Cc", "Cs"),
    exclude_characters="\ufffe\uffff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
)


def words(longest: int, shortest: int = 0) -> st.SearchStrategy[str]:
    """Text as people type it, or as they should not: any character that a snapshot takes."""
    usual = st.text(_FAVOURITES, min_size=shortest, max_size=longest)
    odd = st.text(_ANYTHING, min_size=shortest, max_size=min(longest, 20))
    return (usual | usual | odd).filter(lambda text: bool(text.strip()) or shortest == 0)


@st.composite
def parties(draw: st.DrawFn) -> Party:
    return Party(
        name=draw(words(100, 1)),
        tax_id=draw(st.sampled_from(["", "91370200MA3C8XTY1Q"])),
        address=draw(words(60)),
        phone=draw(st.sampled_from(["", "0532-5550142"])),
        bank=draw(words(30)),
        bank_account=draw(st.sampled_from(["", "8000123456789012"])),
    )


def line(chance: Random, texts: list[str], sign: int) -> SnapshotLine:
    """A line at one of the rates; amounts from a cent to beyond the cap of an e-invoice."""
    highest = chance.choice((200, 10**7, 9_999_999, 10**12))
    gross = sign * Decimal(chance.choice((highest, chance.randint(1, highest)))) / 100
    rate = chance.choice(RATES)
    net = (gross / (1 + (rate or 0))).quantize(Decimal("0.01"), ROUND_HALF_UP)
    quantity = price = None
    if chance.random() < 0.5:
        quantity = sign * Decimal(chance.randint(1, 10**12)).scaleb(-chance.randint(0, 6))
        price = chance.choice((None, Decimal("1.2345678901234567")))
    return SnapshotLine(
        content=chance.choice([text for text in texts if text.strip()]),
        tax_code=chance.choice(("3040201030000000000", "1090000000000000000")),
        short_name=chance.choice(texts)[:12].replace("*", ""),
        net=net,
        rate=rate,
        tax=gross - net,
        gross=gross,
        model=chance.choice(texts)[:20],
        unit=chance.choice(texts)[:6],
        quantity=quantity,
        unit_price=price,
    )


@st.composite
def invoices(draw: st.DrawFn) -> InvoiceSnapshot:
    """A blue or red invoice of 1 to 40 lines."""
    red = draw(st.booleans())
    texts = ["", "云服务器", *draw(st.lists(words(90), max_size=6))]
    chance = Random(draw(st.integers(0, 2**32)))
    count = draw(st.integers(1, 40))
    rows = tuple(line(chance, texts, -1 if red else 1) for _ in range(count))
    return InvoiceSnapshot(
        number=f"26991{draw(st.integers(0, 10**15 - 1)):015d}",
        kind=draw(st.sampled_from(["general", "special"])),
        medium=draw(st.sampled_from(["electronic", "paper"])),
        issued_on=draw(st.dates(date(2000, 1, 1), date(2099, 12, 31))),
        seller=draw(parties()),
        buyer=draw(parties()),
        lines=rows,
        net=sum((row.net for row in rows), Decimal(0)),
        tax=sum((row.tax for row in rows), Decimal(0)),
        gross=sum((row.gross for row in rows), Decimal(0)),
        drawer=draw(words(20)),
        remarks=draw(st.lists(words(60), max_size=3).map("\n".join)),
        specimen=draw(st.booleans()),
        credit_of="26991000000000000007" if red else None,
        red_confirmation=draw(st.sampled_from([None, "44030726051001117191"])) if red else None,
    )
