"""How sure it is that a bank line is a customer's, in percent, by what speaks for it; 100 is only for what is certain."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from types import MappingProxyType

MOST = 99
EACH_FURTHER = 3
OFTEN = 3  # so many payments before make a habit
NEAR = 30  # who is nearer than this to the best makes it doubtful
DOUBTFUL = 50


class Because(StrEnum):
    """What speaks for a customer."""

    STRUCTURED = "structured"
    BILL_NUMBER = "bill_number"
    CUSTOMER_NUMBER = "customer_number"
    ACCOUNT = "account"
    NAME = "name"
    AMOUNT = "amount"


WEIGHT: Mapping[Because, int] = MappingProxyType(
    {
        Because.STRUCTURED: 96,
        Because.BILL_NUMBER: 94,
        Because.CUSTOMER_NUMBER: 90,
        Because.ACCOUNT: 80,
        Because.NAME: 60,
        Because.AMOUNT: 30,
    }
)


def percent(reasons: Collection[Because], times: int = 0) -> int:
    """Of one customer: the best reason, a little more for each further one and for a habit of paying (`times`)."""
    if not reasons:
        return 0
    best = max(WEIGHT[reason] for reason in reasons)
    habit = EACH_FURTHER if times >= OFTEN else 0
    return min(MOST, best + EACH_FURTHER * (len(reasons) - 1) + habit)


def among(others: Collection[int], own: int) -> int:
    """`own` beside what speaks for other customers: where one of them is near, nobody is likely."""
    near = any(own - other < NEAR for other in others)
    return min(own, DOUBTFUL) if near else own
