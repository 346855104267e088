"""The entry for gunicorn: `gunicorn finance_console.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "finance_console.settings")

application = get_wsgi_application()

from finance_console.operating import database_role  # noqa: E402  (it needs the apps)

database_role.use()
