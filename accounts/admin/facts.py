"""Facts in the admin: rows that anybody with the right may read and nobody may change by hand (design 4).

Lists stay quick on large tables: related rows come in one query, counting stops at `COUNT_LIMIT`, and
nothing can be deleted, singly or in bulk.
"""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist
from django.core.paginator import Paginator
from django.db.models import DecimalField, Model, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from djmoney.money import Money

from accounts.models import CustomerAccount
from finance_console.kernel.writing import in_currency, money

COUNT_LIMIT = 10_000
CENTS = 2
NUMBER = re.compile(r"([A-Z]{1,4})-0*([1-9][0-9]{0,17})", re.IGNORECASE)
"""A prefix and the number of the row: APP-00000012, CR-00000003."""


class BoundedPaginator(Paginator):
    """A paginator that counts to `COUNT_LIMIT` and no further: older rows are found by searching."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[:COUNT_LIMIT].count())


class QuickListAdmin(admin.ModelAdmin):
    """A list that costs the same at forty rows and at forty million; no bulk delete."""

    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # each would count the whole table
    list_per_page = 50
    list_max_show_all = 50
    ordering = ("-pk",)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Amounts are written as everywhere, in columns that line up."""
        return [self.written(name) for name in super().get_list_display(request)]

    def written(self, name: Any) -> Any:
        """The column `name`, or the one that writes its amount as everywhere."""
        if not isinstance(name, str) or hasattr(self, name):
            return name
        with suppress(FieldDoesNotExist):
            field = self.opts.get_field(name)
            if isinstance(field, DecimalField) and field.decimal_places == CENTS:
                return amount(name, field.verbose_name)
        return name

    def get_search_fields(self, request: HttpRequest) -> list[str]:
        """A row of a customer is found by the number and the name of the customer (B17)."""
        fields = list(super().get_search_fields(request))
        wanted = []
        for prefix in self.customers:
            wanted += [f"{prefix}__code", f"{prefix}__name"]
        return [*fields, *(name for name in wanted if name not in fields)]

    @property
    def customers(self) -> tuple[str, ...]:
        """The ways from a row to the customers it concerns, as in a filter."""
        direct = {
            field.name
            for field in self.opts.concrete_fields
            if field.related_model is CustomerAccount
        }
        return tuple(sorted(direct)) + self.customer_through

    customer_through: ClassVar[tuple[str, ...]] = ()
    """Ways over other rows: ("application__customer",)."""
    numbered: ClassVar[Mapping[str, str]] = {}
    """By prefix of a number, what it is the key of: {"APP": "application__id"} for APP-00000012."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Numbers made of a row's own, such as APP-00000012, are found as people write them (B17)."""
        rows, doubled = super().get_search_results(request, queryset, search_term)
        number = NUMBER.fullmatch(search_term.strip())
        field = self.numbered.get(number[1].upper()) if number else None
        if number is None or field is None:
            return rows, doubled
        return rows | queryset.filter(**{field: int(number[2])}), True


class FactAdmin(QuickListAdmin):
    """Read-only: no add, no change, no delete, for nobody. Every column is on the page of a row.

    `coded`: by field, the column that says its codes in words (see `coded`).
    """

    coded: ClassVar[Mapping[str, Callable[[Any], str]]] = {}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        names: list[Any] = [row.name for row in self.opts.concrete_fields if not row.primary_key]
        fields: list[Any] = list(self.fields or [self.coded.get(name, name) for name in names])
        return [self.written(name) for name in fields]


class FactInline(admin.TabularInline):
    """Rows that belong to a fact, read-only like it."""

    fields: ClassVar[Any] = None
    readonly_fields: ClassVar[Any] = ()
    extra = max_num = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def amount(field: str, label: Any) -> Callable[[Any], str]:
    """A column that writes the amount in `field`, with its currency where the row knows it, aligned right by its name."""

    @admin.display(description=label, ordering=field)
    def column(row: Any) -> str:
        value = getattr(row, field)
        if isinstance(value, Money):
            return in_currency(value.amount, value.currency.code)
        return "-" if value is None else money(value)

    column.__name__ = f"{field}_amount"
    return column


def coded(field: str, label: Any, words: Mapping[str, Any]) -> Callable[[Any], str]:
    """A column that says the code in `field` in words."""

    @admin.display(description=label, ordering=field)
    def column(row: Any) -> str:
        code = getattr(row, field)
        return str(words.get(code, code)) or "-"

    column.__name__ = f"{field}_words"
    return column


def coded_filter(field: str, label: Any, words: Mapping[str, Any]) -> type[admin.SimpleListFilter]:
    """A filter by the codes in `field`, in words."""

    class Filter(admin.SimpleListFilter):
        title, parameter_name = label, field

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
            return list(words.items())

        def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
            return queryset.filter(**{field: self.value()}) if self.value() else queryset

    return Filter


@admin.display(description=_("number"), ordering="pk")
def number(row: Any) -> str:
    """A column with the number that people know a row by."""
    return str(row.number)


@admin.display(description=_("currency"))
def currency(row: Any) -> str:
    """A column with the currency of a row."""
    return str(row.currency)
