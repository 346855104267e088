"""Every attempt to sign in: what the brake counts, and what a person and the security desk can read. Append-only."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.customer import User


class SignInAttempt(models.Model):
    """One attempt with a user name from an address, and how it ended (R46).

    `username` as it was typed, in lower case, whether there is such a person or not; `user` is the person.
    """

    class Outcome(models.TextChoices):
        SIGNED_IN = "signed_in", _("signed in")
        WRONG = "wrong", _("wrong user name or password")
        BRAKED = "braked", _("refused: too many attempts")

    username = models.CharField(_("user name"), max_length=150)
    address = models.CharField(_("from the address"), max_length=45)
    user = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="sign_ins", verbose_name=_("person")
    )
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("sign-in")
        verbose_name_plural = _("sign-ins")
        constraints = [
            models.CheckConstraint(
                condition=~Q(outcome="signed_in") | Q(user__isnull=False),
                name="sign_in_of_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["username", "-at"], name="sign_in_of_name"),
            models.Index(fields=["address", "-at"], name="sign_in_from_address"),
        ]

    def __str__(self) -> str:
        return f"{self.username}: {self.get_outcome_display()}"
