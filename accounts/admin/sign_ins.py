"""Who signed in, and who tried: for the security desk."""

from django.contrib import admin

from accounts.admin.facts import FactAdmin
from accounts.models import SignInAttempt


@admin.register(SignInAttempt)
class SignInAttemptAdmin(FactAdmin):
    list_display = ("at", "username", "address", "outcome", "user")
    list_select_related = ("user",)
    list_filter = ("outcome",)
    search_fields = ("=username", "=address")
