"""User name and password, for the console and for the admin: both roads have the brake."""

from typing import Any

from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import authenticate
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services.signing_in import sign_in
from finance_console.doors.refusals import sentence
from finance_console.doors.visitors import address_of
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError


class Braked(AuthenticationForm):
    """Counts wrong attempts, and refuses more of them for a while."""

    def clean(self) -> dict[str, Any]:
        name, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if not (name and password and self.request):
            return self.cleaned_data
        try:
            self.user_cache = sign_in(
                username=name,
                address=address_of(self.request),
                at=moment(),
                authenticate=lambda: self._somebody(name, password),
            )
        except DomainError as error:
            raise ValidationError(sentence(error), code=error.code) from None
        if self.user_cache is None:
            raise self.get_invalid_login_error()
        return self.cleaned_data

    def _somebody(self, name: str, password: str) -> User | None:
        """The person, if this door is for that person."""
        user = authenticate(self.request, username=name, password=password)
        if not isinstance(user, User):
            return None
        try:
            self.confirm_login_allowed(user)
        except ValidationError:
            return None
        return user


class SignInForm(Braked):
    """Friendly to password managers and to pasting."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("User name")
        self.label_suffix = ""


class AdminSignInForm(Braked, AdminAuthenticationForm):
    """The admin's own page of it."""
