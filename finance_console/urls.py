"""The doors: health, admin, and what the apps add."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from finance_console.doors import addresses  # noqa: F401  the converter of customer numbers
from finance_console.operating import health
from finance_console.operating.metrics import metrics
from invoicing.views.verify import verify
from ledger.views.callbacks import payment_callback

handler500 = "finance_console.operating.unavailable.handler500"
urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("admin/", admin.site.urls),
    path("payments/<slug:channel>/callback", payment_callback, name="payment_callback"),
    path("verify/<path:token>", verify, name="verify"),
    path("", RedirectView.as_view(pattern_name="person:home"), name="root"),
    path("console/", include("accounts.person_urls")),
    path("console/<customer:customer_number>/", include("accounts.urls")),
    path("console/<customer:customer_number>/", include("ledger.urls")),
    path("console/<customer:customer_number>/", include("invoicing.urls")),
]
