from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InvoicingConfig(AppConfig):
    name = "invoicing"
    verbose_name = _("Invoice management")

    def ready(self) -> None:
        from invoicing import receivers

        receivers.connect()
