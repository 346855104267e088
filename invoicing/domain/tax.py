"""Tax-inclusive prices: how much of what the customer paid is tax (A19, SC-17)."""

from decimal import Decimal

from finance_console.kernel.money import round_money


def split_gross(gross: Decimal, rate: Decimal, currency: str = "CNY") -> tuple[Decimal, Decimal]:
    """(net, tax) of a tax-inclusive `gross` at `rate` (0.06 for 6 %).

    Only the net is rounded (half up); the tax is the rest, so the two always sum to the gross. A negative gross,
    as on a credit note, gives exactly the negatives.
    """
    net = round_money(gross / (1 + rate), currency)
    return net, gross - net
