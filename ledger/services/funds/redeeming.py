"""Activation codes: made by staff, shown once, redeemed once. Only a hash of each is stored."""

import hashlib
import secrets
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

import structlog
from django.core.cache import cache
from django.db import transaction
from redis.exceptions import RedisError

from accounts.models import CustomerAccount, User
from accounts.services.customers.locking import lock_customer, require_open
from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import CURRENCIES, round_money
from ledger.models import ActivationCode, InvoicingEntity, LedgerAccount, Lot, Product
from ledger.services.funds.granting import grant
from ledger.services.operators import CONTROL, require_operator

log = structlog.get_logger(__name__)

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that looks like something else
LENGTH, GROUP = 16, 4  # 79 bits: nobody guesses one
MOST_AT_ONCE = 10_000
TRIES = 10
HOUR = 3600


@transaction.atomic
def create_codes(
    *,
    count: int,
    fund: str,
    amount: Decimal,
    valid_until: datetime,
    by: User,
    at: datetime,
    currency: str = "CNY",
    days: int | None = None,
    product: Product | None = None,
    entity: InvoicingEntity | None = None,
) -> list[str]:
    """Make `count` codes worth `amount` of `fund` each; this is the only time they can be read.

    They are redeemable until `valid_until` (exclusive). What a code gives lasts `days` times 24
    hours from then on (None: for ever) and buys only `product` or what `entity` sells.
    Raises `not_permitted`, and `invalid_amount` for a count, amount, fund or time that makes no
    sense.
    """
    require_operator(by, CONTROL)
    spendable = fund in LedgerAccount.FUNDS and fund != LedgerAccount.Bucket.CASH
    sensible = 1 <= count <= MOST_AT_ONCE and currency in CURRENCIES and valid_until > at
    if not spendable or not sensible or amount <= 0 or amount != round_money(amount, currency):
        raise DomainError("invalid_amount", amount=amount, currency=currency)
    codes = [_new_code() for _ in range(count)]
    ActivationCode.objects.bulk_create(
        ActivationCode(
            code_sha256=_hash(code),
            hint=code[-GROUP:],
            fund=fund,
            amount=amount,
            currency=currency,
            valid_until=valid_until,
            days=days,
            product=product,
            entity=entity,
            created_by=by,
            created_at=at,
        )
        for code in codes
    )
    return codes


def redeem(*, customer: CustomerAccount, code: str, at: datetime) -> Lot:
    """Give the customer what the code is worth, once. Spaces, dashes and case do not matter.

    Raises `too_many_tries` after `TRIES` wrong codes within an hour of the clock, `code_used`
    when this customer redeemed it before, `account_closed`; for every other code that cannot be
    redeemed the one answer `code_unknown`, so that nobody learns which codes exist.
    """
    key = f"activation:{customer.pk}:{at.timestamp() // HOUR:.0f}"
    if _counted(key, 1) > TRIES:
        raise DomainError("too_many_tries")
    try:
        lot = _redeem(customer, code, at)
    except DomainError as error:
        if error.code != "code_unknown":
            _counted(key, -1)
        raise
    transaction.on_commit(partial(_counted, key, -1))  # until then the customer is locked
    return lot


def _counted(key: str, step: int) -> int:
    """The tries of this hour, with `step` added. Without a cache none is counted and nobody refused:

    what keeps codes from being guessed is their length.
    """
    try:
        cache.add(key, 0, HOUR)
        return int(cache.incr(key, step))
    except (RedisError, ValueError):
        log.warning("tries_not_counted")
        return 0


@transaction.atomic
def _redeem(customer: CustomerAccount, written: str, at: datetime) -> Lot:
    customer = lock_customer(customer.pk)
    require_open(customer)
    code = _locked(written, customer.currency)
    if code is not None and code.lot is not None and code.lot.customer_id == customer.pk:
        raise DomainError("code_used")
    if code is None or code.lot is not None or code.valid_until <= at:
        raise DomainError("code_unknown")
    lot = grant(
        customer=customer,
        fund=code.fund,
        amount=code.amount,
        reference=f"code:{code.pk}",
        at=at,
        expires_at=at + timedelta(days=code.days) if code.days else None,
        product=code.product,
        entity=code.entity,
    )
    code.redeemed_at, code.lot = at, lot
    code.save(update_fields=["redeemed_at", "lot"])
    return lot


def _locked(written: str, currency: str) -> ActivationCode | None:
    """The code, locked: whoever waited for it reads here what it gave meanwhile."""
    codes = ActivationCode.objects.select_for_update(no_key=True, of=("self",))
    return codes.filter(code_sha256=_hash(written), currency=currency).first()


def _new_code() -> str:
    letters = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return "-".join(letters[n : n + GROUP] for n in range(0, LENGTH, GROUP))


def _hash(code: str) -> str:
    plain = code.upper().replace("-", "").replace(" ", "").strip()
    return hashlib.sha256(plain.encode()).hexdigest()
