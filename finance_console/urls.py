"""The doors: health, admin, and what the apps add."""

from django.contrib import admin
from django.urls import path

from finance_console import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("admin/", admin.site.urls),
]
