"""Where the visitor finds each thing that can be tried, by the customer it is of."""

from typing import Final

TOUR: Final = (  # what, whose, where
    ("an order to renew or to unsubscribe", "DEMO-01", "orders/"),
    ("funds that end next week", "DEMO-01", "funds/"),
    ("an offset that was made", "DEMO-02", "deficits/"),
    ("a certification under review", "DEMO-03", "certification/"),
    ("a withdrawal under review", "DEMO-05", "withdrawals/"),
    ("an invoice corrected and reissued", "DEMO-06", "applications/"),
    ("a bill in arrears", "DEMO-07", "bills/"),
    ("a company's title under review", "DEMO-08", "titles/"),
    ("an invoice credited in part", "DEMO-09", "applications/"),
    ("an application that was returned", "DEMO-11", "applications/"),
    ("paper on its way back", "DEMO-12", "applications/"),
    ("a question without an answer", "DEMO-13", "tickets/"),
    ("proforma invoices", "DEMO-15", "bills/"),
    ("a month that failed", "DEMO-18", "auto-invoicing/"),
    ("a deficit with its two ways out", "DEMO-18", "deficits/"),
)
DESKS: Final = (
    ("a payment of nobody", "ledger/bankline/desk/"),
    ("a message that was given up", "accounts/outboxmessage/?state=parked"),
)


def lines(root: str) -> list[str]:
    """What can be tried, and its address under `root`."""
    rows = [(what, f"{root}/console/{code}/{page}") for what, code, page in TOUR]
    rows += [(what, f"{root}/admin/{page}") for what, page in DESKS]
    return ["Alive in it:", *(f"  {what:<38} {address}" for what, address in rows)]
