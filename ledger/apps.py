from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LedgerConfig(AppConfig):
    name = "ledger"
    verbose_name = _("Ledger")

    def ready(self) -> None:
        """Bring the texts of messages."""
        from accounts.messages import texts
        from ledger.domain.messages import TEXTS

        texts.tell(TEXTS)
