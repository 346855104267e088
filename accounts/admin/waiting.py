"""Lists of what waits for a person: one filter for all of them."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin.desk import Words


def waiting(
    words: Words,
    *,
    apart: Mapping[str, tuple[Words, Mapping[str, Any]]] | None = None,
    **condition: Any,
) -> type[admin.SimpleListFilter]:
    """The filter of a list for what waits for a person; `condition` is how such rows are found.

    `apart`: what waits for something else first, by the value in the address: its words and its condition.
    """
    others = apart or {}
    conditions = {"yes": condition, **{value: rows for value, (_words, rows) in others.items()}}

    class WaitingFilter(admin.SimpleListFilter):
        title, parameter_name = _("waiting"), "waiting"

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
            return [("yes", words), *((value, said) for value, (said, _rows) in others.items())]

        def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
            return queryset.filter(**conditions.get(self.value() or "", {}))

    return WaitingFilter


def only_waiting(request: HttpRequest) -> bool:
    """Whether the list shows only what waits."""
    return request.GET.get("waiting") == "yes"
