"""Every knob of the console, read from the environment. `docs/configuration.md` explains them; a test keeps it equal.

Defaults are those of production: without DEBUG the console refuses to start when a secret is missing.
"""

import re
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from redis import ConnectionPool

from finance_console.embedded.leases import BASE_DIR, var_dir
from finance_console.operating import logging as console_logging

env = environ.Env()
VAR_DIR = var_dir()

# What kind of place this is

DEBUG = env.bool("DEBUG", default=False)
HTTPS = env.bool("HTTPS", default=not DEBUG)
SECRET_KEY = env.str("SECRET_KEY", default="insecure-and-only-for-debugging" if DEBUG else "")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
FINANCE_PROFILE = env.str("FINANCE_PROFILE", default="standard")

if not DEBUG and len(SECRET_KEY) < 50:
    raise ImproperlyConfigured(
        "SECRET_KEY is missing or shorter than 50 characters: set it to a long random text, or run bin/demo for a look."
    )
if not DEBUG and "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS must name the hosts of this console, not *.")

# Applications, requests, pages

INSTALLED_APPS = [
    "finance_console.apps.FinanceConsoleConfig",
    "accounts.apps.AccountsConfig",
    "ledger.apps.LedgerConfig",
    "invoicing.apps.InvoicingConfig",
    "djmoney",
    "finance_console.apps.ConsoleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.forms",
]
MIDDLEWARE = [
    "finance_console.operating.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "finance_console.operating.middleware.NoStoreMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "finance_console.operating.middleware.NoNulMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "finance_console.operating.middleware.ConsoleAddressMiddleware",
]
ROOT_URLCONF = "finance_console.urls"
WSGI_APPLICATION = "finance_console.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "finance_console.site.navigation.console",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"  # so that templates/django/forms/ counts
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Who may come in

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "/console/login/"
LOGIN_REDIRECT_URL = "/console/"
LOGOUT_REDIRECT_URL = LOGIN_URL
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# The browser's own guards

_HOST_PREFIX = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME = f"{_HOST_PREFIX}sessionid"
SESSION_COOKIE_AGE = env.int("SESSION_HOURS", default=12) * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = f"{_HOST_PREFIX}csrftoken"
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=31_536_000) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
)
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

# PostgreSQL: lock the row, then read it in a new statement; that needs READ COMMITTED, PostgreSQL's default

_database_url = env.str("DATABASE_URL", default="postgresql:///finance_console")
try:
    if urlsplit(_database_url).scheme not in {"postgres", "postgresql"}:
        raise ValueError(_database_url)
    _database = env.db_url_config(_database_url)
except ValueError:  # also a port that is not a number
    raise ImproperlyConfigured(
        "DATABASE_URL must be a PostgreSQL address: postgresql://user:password@host/name."
    ) from None
DATABASES = {
    "default": {
        **_database,
        "ATOMIC_REQUESTS": False,
        "CONN_HEALTH_CHECKS": True,
        "CONN_MAX_AGE": env.int("CONN_MAX_AGE", default=60),
    }
}
DATABASE_ROLE = env.str("DATABASE_ROLE", default="")  # of web and workers; it owns nothing

# Redis: a doorbell and a cache; nothing is lost when it is emptied

REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")
try:
    ConnectionPool.from_url(REDIS_URL)
except ValueError as error:
    raise ImproperlyConfigured(
        "REDIS_URL must be a Redis address: redis://:password@host:6379/0."
    ) from error
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "fc",
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
    }
}


def _broker_url(redis_url: str) -> str:
    """Celery's spelling of a Redis address: it names a Unix socket differently."""
    if not redis_url.startswith("unix://"):
        return redis_url
    return redis_url.replace("unix://", "redis+socket://", 1).replace("?db=", "?virtual_host=")


# Celery: where the broker is; everything else about it is in finance_console/celery.py

TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
CELERY_BROKER_URL = _broker_url(REDIS_URL)
CELERY_TIMEZONE = TIME_ZONE

# Words

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_THOUSAND_SEPARATOR = False
FORMAT_MODULE_PATH = "finance_console.formats"  # ISO dates in every language

# Files: assets that everybody may see, and documents that only their owner may

STATIC_URL = "/static/"

STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_MANIFEST = env.bool("STATIC_MANIFEST", default=not DEBUG)
STATIC_ROOT = (
    env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles")) if STATIC_MANIFEST else None
)
WHITENOISE_USE_FINDERS = not STATIC_MANIFEST
FILES_ROOT = Path(env.str("FILES_ROOT", default=str(VAR_DIR / "files")))
UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_BYTES", default=10_000_000)
UPLOAD_MAX_PIXELS = env.int("UPLOAD_MAX_PIXELS", default=36_000_000)
UPLOAD_MAX_FILES = env.int("UPLOAD_MAX_FILES", default=6)
UPLOAD_DAILY_COUNT = env.int("UPLOAD_DAILY_COUNT", default=60)
STORAGES = {
    "default": {
        "BACKEND": "finance_console.operating.storage.WholeFiles",
        "OPTIONS": {"location": FILES_ROOT, "base_url": None},
    },
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if STATIC_MANIFEST
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# Documents that strangers can check, and that the seller signs

VERIFICATION_BASE_URL = env.str("VERIFICATION_BASE_URL", default="").rstrip("/")
VERIFICATION_KEY = env.str("VERIFICATION_KEY", default="")
if VERIFICATION_BASE_URL and urlsplit(VERIFICATION_BASE_URL).scheme not in {"http", "https"}:
    raise ImproperlyConfigured(
        "VERIFICATION_BASE_URL must be the address of this console, such as https://console.example.com."
    )
if VERIFICATION_BASE_URL and len(VERIFICATION_KEY) < 32:
    raise ImproperlyConfigured(
        "VERIFICATION_KEY must have at least 32 characters where VERIFICATION_BASE_URL is set."
    )
CREDIT_DECISION_LIMIT = env.str("CREDIT_DECISION_LIMIT", default="")
if not re.fullmatch(r"([0-9]+(\.[0-9]{2})?)?", CREDIT_DECISION_LIMIT):
    raise ImproperlyConfigured(
        "CREDIT_DECISION_LIMIT must be an amount such as 10000.00, or empty."
    )
PDF_SIGNING_KEY_FILE = env.str("PDF_SIGNING_KEY_FILE", default="")
PDF_SIGNING_PASSPHRASE = env.str("PDF_SIGNING_PASSPHRASE", default="")

# Messages that leave the house

_EMAIL = env.email_url("EMAIL_URL", default=f"filemail://{VAR_DIR / 'mail'}")
EMAIL_BACKEND = _EMAIL["EMAIL_BACKEND"]
EMAIL_HOST = _EMAIL["EMAIL_HOST"]
EMAIL_PORT = _EMAIL["EMAIL_PORT"]
EMAIL_HOST_USER = _EMAIL["EMAIL_HOST_USER"]
EMAIL_HOST_PASSWORD = _EMAIL["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS = _EMAIL.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _EMAIL.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 10
EMAIL_FILE_PATH = VAR_DIR / "mail"
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="console@localhost")
SMS_BACKEND = env.str("SMS_BACKEND", default="accounts.messages.channels.FileSms")

# Invoices: who issues them; who may read how the work goes

ISSUING_CHANNEL = env.str("ISSUING_CHANNEL", default="invoicing.channels.SandboxChannel")
ISSUING_SANDBOX_SECONDS = env.int("ISSUING_SANDBOX_SECONDS", default=0)
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")

# Money coming in

PAYMENT_SANDBOX = env.bool("PAYMENT_SANDBOX", default=False)
PAYMENT_SANDBOX_SECRET = env.str("PAYMENT_SANDBOX_SECRET", default="")
if PAYMENT_SANDBOX and len(PAYMENT_SANDBOX_SECRET) < 32:
    raise ImproperlyConfigured(
        "PAYMENT_SANDBOX_SECRET must have at least 32 characters where PAYMENT_SANDBOX is on: anybody who guesses it credits balances."
    )
PAYMENT_MINUTES = env.int("PAYMENT_MINUTES", default=30)
BANK_TRANSFER_PREFIX = env.str("BANK_TRANSFER_PREFIX", default="")
BANK_TRANSFER_BANK = env.str("BANK_TRANSFER_BANK", default="")
BANK_TRANSFER_PAYEE = env.str("BANK_TRANSFER_PAYEE", default="")
if not (BANK_TRANSFER_PREFIX.isascii() and BANK_TRANSFER_PREFIX.isdigit()) and BANK_TRANSFER_PREFIX:
    raise ImproperlyConfigured("BANK_TRANSFER_PREFIX must consist of digits.")
BANK_BOOK_FROM = env.int("BANK_BOOK_FROM", default=100)
if not 50 < BANK_BOOK_FROM <= 100:
    raise ImproperlyConfigured("BANK_BOOK_FROM is a percentage from 51 to 100.")

# Money going out, in the customer's currency

WITHDRAWAL_MINIMUM = Decimal(env.str("WITHDRAWAL_MINIMUM", default="1.00"))
WITHDRAWAL_DAILY_COUNT = env.int("WITHDRAWAL_DAILY_COUNT", default=10)
WITHDRAWAL_DAILY_AMOUNT = Decimal(env.str("WITHDRAWAL_DAILY_AMOUNT", default="1000000.00"))
WITHDRAWAL_TWO_REVIEWERS_ABOVE = Decimal(
    env.str("WITHDRAWAL_TWO_REVIEWERS_ABOVE", default="50000.00")
)

# Logs

LOGGING_CONFIG = None  # finance_console.operating.logging takes it over
console_logging.configure(
    level=env.str("LOG_LEVEL", default="INFO"), as_json=env.bool("LOG_JSON", default=True)
)
