from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InvoicingConfig(AppConfig):
    name = "invoicing"
    verbose_name = _("Invoice management")

    def ready(self) -> None:
        """Listen to the apps below, answer their ports, and bring the texts of messages."""
        from accounts.messages import texts
        from invoicing import providing, receivers
        from invoicing.domain.messages import TEXTS

        receivers.connect()
        providing.provide()
        texts.tell(TEXTS)
