from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        """Bring the texts of messages."""
        from accounts.domain.messages import TEXTS
        from accounts.messages import texts

        texts.tell(TEXTS)
