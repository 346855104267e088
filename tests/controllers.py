"""People who may control the books."""

from django.contrib.auth.models import Permission

from accounts.models import User
from tests.builders import make_user


def make_controller(name: str = "controller") -> User:
    """Staff with the right to adjust, lock and reconcile the books."""
    user = make_user(name, is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="control_books"))
    return User.objects.get(pk=user.pk)
