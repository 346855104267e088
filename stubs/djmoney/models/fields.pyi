# What django-stubs must know: a MoneyField takes and gives Money. (The package's own annotations say Decimal.)
from typing import Any, TypeVar

from django.db import models
from djmoney.money import Money

_ST = TypeVar("_ST", contravariant=True, default=Money)
_GT = TypeVar("_GT", covariant=True, default=Money)

class MoneyField(models.Field[_ST, _GT]):
    _pyi_private_set_type: Money
    _pyi_private_get_type: Money
    _pyi_lookup_exact_type: Any
    def __init__(self, verbose_name: Any = ..., name: str | None = ..., **options: Any) -> None: ...
    def add_currency_field(self, cls: type[models.Model], name: str) -> None: ...

class CurrencyField(models.CharField): ...
