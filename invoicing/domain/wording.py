"""How amounts and names are written: capital amounts in words (大写) and names that can be compared.

The words follow the digital e-invoice: 圆 for the unit, 整 after whole 圆 or 角, 零 for skipped places, （负数） in front
of a credit. Pure values; no library knows this form.
"""

import re
import unicodedata
from decimal import Decimal

LARGEST = Decimal(10) ** 14
_CENT = Decimal("0.01")
_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_SMALL_UNITS = ((1000, "仟"), (100, "佰"), (10, "拾"), (1, ""))
_GROUPS = ((10**8, "亿"), (10**4, "万"))
# Invisible marks that come along with copied text: zero-width spaces and joiners, direction marks, soft hyphen, BOM.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")


def amount_in_words(amount: Decimal) -> str:
    """The capital wording of an amount in yuan, for example 21.05 -> 贰拾壹圆零伍分 and -500 -> （负数）伍佰圆整.

    Exact: raises ValueError for a fraction of a cent, for NaN and infinity, and beyond 10^14 either way.
    """
    if not amount.is_finite() or abs(amount) > LARGEST or amount != amount.quantize(_CENT):
        raise ValueError(f"{amount} cannot be written in words")
    yuan, cents = divmod(int(abs(amount) * 100), 100)
    jiao, fen = divmod(cents, 10)
    words = _integer(yuan) + "圆" if yuan else ""
    if not cents:
        words = (words or "零圆") + "整"
    elif not fen:
        words += _DIGITS[jiao] + "角整"
    else:
        # Between 圆 and 分 an empty 角 is spoken as 零; without 圆 nothing was skipped.
        skipped = "零" if yuan else ""
        words += (_DIGITS[jiao] + "角" if jiao else skipped) + _DIGITS[fen] + "分"
    return ("（负数）" if amount < 0 else "") + words


def _integer(number: int) -> str:
    """A positive integer in capital numerals, without the unit 圆."""
    for size, name in _GROUPS:
        if number >= size:
            high, low = divmod(number, size)
            skipped = "零" if 0 < low < size // 10 else ""
            return _integer(high) + name + skipped + (_integer(low) if low else "")
    words = ""
    empty = False
    for size, name in _SMALL_UNITS:
        digit, number = divmod(number, size)
        if digit:
            words += ("零" if empty and words else "") + _DIGITS[digit] + name
        empty = not digit
    return words


def clean_name(name: str) -> str:
    """A name as it may be stored and printed: composed (NFC), no invisible marks, single spaces, trimmed."""
    return " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFC", name)).split())


def name_key(name: str) -> str:
    """The form in which two writings of one name are equal: full and half width, brackets, spaces, case.

    `青岛云（测试）有限公司` and `青岛云 (测试) 有限公司` have the same key. For comparing only, never for printing.
    """
    wide = unicodedata.normalize("NFKC", clean_name(name))
    wide = wide.translate(str.maketrans("〔〕【】[]", "()()()"))
    return "".join(wide.split()).casefold()
