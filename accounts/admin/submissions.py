"""Forms that did something, to read: who sent what, and where it led."""

from django.contrib import admin

from accounts.admin.facts import FactAdmin
from accounts.models import Submission


@admin.register(Submission)
class SubmissionAdmin(FactAdmin):
    list_display = ("at", "customer", "by", "answer")
    list_select_related = ("customer", "by")
    search_fields = ("key", "answer", "customer__code", "by__username")
