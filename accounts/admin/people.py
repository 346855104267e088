"""People and what they may do: the data an administrator keeps by hand."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as StockUserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin.facts import QuickListAdmin
from accounts.forms.paper_fields import PaperField
from accounts.models import Membership, User

POWERS = ("is_staff", "is_superuser", "groups", "user_permissions")


class MembershipInline(admin.TabularInline):
    model = Membership
    raw_id_fields = ("customer",)
    extra = 0

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("customer")


class PersonForm(UserChangeForm):
    """The name of a reviewer is printed: who decided about an invoice drew it up."""

    class Meta(UserChangeForm.Meta):
        field_classes = UserChangeForm.Meta.field_classes | {
            "first_name": PaperField,
            "last_name": PaperField,
        }


@admin.register(User)
class UserAdmin(StockUserAdmin):
    """People leave by being made inactive: what they did keeps their name.

    Only a superuser hands out powers or touches staff: with a colleague's new password anybody could
    be the second pair of eyes.
    """

    form = PersonForm
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email", "language")}),
        (_("Powers"), {"fields": ("is_active", *POWERS)}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    list_display = ("username", "email", "first_name", "last_name", "is_staff", "is_active")
    list_filter = ("is_staff", "is_superuser", "is_active")
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    inlines = (MembershipInline,)
    readonly_fields = ("last_login", "date_joined")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        fixed = tuple(super().get_readonly_fields(request, obj))
        return fixed if request.user.is_superuser else (*fixed, *POWERS)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        if obj is not None and (obj.is_staff or obj.is_superuser):
            return allowed and bool(request.user.is_superuser)
        return allowed

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Membership)
class MembershipAdmin(QuickListAdmin):
    list_display = ("user", "customer", "role")
    list_select_related = ("user", "customer")
    list_filter = ("role",)
    search_fields = ("user__username", "customer__code", "customer__name")
    raw_id_fields = ("user", "customer")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Access may be taken away, one person at a time."""
        return obj is not None and super(QuickListAdmin, self).has_delete_permission(request, obj)
