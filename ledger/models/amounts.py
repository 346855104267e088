"""An amount with its currency, each column with words of its own."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from djmoney.models import fields


class MoneyField(fields.MoneyField):
    """django-money's field; the column of the currency that it adds has a label too."""

    def add_currency_field(self, cls: type[models.Model], name: str) -> None:
        """Called by django-money when the model is made."""
        super().add_currency_field(cls, name)
        column = cls._meta.get_field("currency")
        assert isinstance(column, fields.CurrencyField)
        column.verbose_name = _("currency")

    def deconstruct(self) -> Any:
        """Migrations need not know of us."""
        name, _path, args, options = super().deconstruct()
        return name, "djmoney.models.fields.MoneyField", args, options
