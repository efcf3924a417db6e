"""What every environment shares; each variable is read once, here or in its environment's file."""

from pathlib import Path
from typing import Any

from config import env
from config.database import from_url

BASE_DIR = Path(__file__).resolve().parents[2]
DATA_DIR = env.path("DATA_DIR", BASE_DIR / "var")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "django_htmx",
    "drf_spectacular",
    "guardian",
    "pgtrigger",
    "rest_framework",
    "template_partials",
    "integrations",
    "governance",
    "review",
]

MIDDLEWARE = [
    "config.middleware.HealthMiddleware",
    "config.middleware.CompressionMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "review.signin.middleware.SessionMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "review.signin.middleware.SecondFactorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

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
            ],
        },
    }
]

# One row truth: PostgreSQL. Redis carries hints, sessions' cache and rate counters, and may vanish.
DATABASES = {"default": from_url(env.text("DATABASE_URL", "postgresql:///countersign"))}
REDIS_URL = env.text("REDIS_URL", "redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "config.cache.ForgivingRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "countersign",
    }
}

AUTH_USER_MODEL = "governance.User"
AUTHENTICATION_BACKENDS = [
    "governance.roles.backends.PeopleBackend",
    "guardian.backends.ObjectPermissionBackend",
]
ANONYMOUS_USER_NAME = None
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# Pairs of roles that one person may not hold in one process: who acts does not control, and who
# audits does not act.
SEPARATE_DUTIES = env.items(
    "SEPARATE_DUTIES",
    "operator/compliance_officer,senior_reviewer/compliance_officer,"
    "team_lead/compliance_officer,process_owner/compliance_officer,"
    "model_owner/compliance_officer,auditor/operator,auditor/senior_reviewer,auditor/team_lead,"
    "auditor/process_owner,auditor/model_owner,auditor/compliance_officer,"
    "auditor/platform_engineer",
)
# Proxies in front of the web process that add to X-Forwarded-For; failed passwords are counted by
# the address that they say.
TRUSTED_PROXIES = env.integer("TRUSTED_PROXIES", 0)
# Roles whose holders set up a second factor before they do anything else.
REQUIRE_SECOND_FACTOR_FOR = env.items("REQUIRE_SECOND_FACTOR_FOR")

# A provider of OpenID Connect; none while OIDC_ISSUER is empty.
OIDC_ISSUER = env.text("OIDC_ISSUER", "")
OIDC_CLIENT_ID = env.text("OIDC_CLIENT_ID", None if OIDC_ISSUER else "")
OIDC_CLIENT_SECRET = env.text("OIDC_CLIENT_SECRET", None if OIDC_ISSUER else "")
OIDC_NAME = env.text("OIDC_NAME", "your organisation")  # on the button: "Sign in with ..."
# What people are found by at first: email (which the provider says it verified), or
# preferred_username or sub, which must be the user name here. After that it is `sub`.
OIDC_CLAIM = env.choice("OIDC_CLAIM", "email", ("email", "preferred_username", "sub"))
OIDC_TRUST_EMAIL = env.boolean("OIDC_TRUST_EMAIL", False)  # also without email_verified
OIDC_CREATE_PEOPLE = env.boolean("OIDC_CREATE_PEOPLE", False)  # without any role
OIDC_ALLOW_PRIVATE = env.boolean("OIDC_ALLOW_PRIVATE", False)  # a provider in one's own network
# Off: people come in by the provider alone; what they set up here is their second factor.
PASSWORD_SIGN_IN = env.boolean("PASSWORD_SIGN_IN", True)

# django-allauth's part of signing in; review.signin says the rest.
ACCOUNT_ADAPTER = "review.signin.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_RATE_LIMITS = False  # counted in PostgreSQL instead: governance.signin.throttle
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_SESSION_COOKIE_AGE = 12 * 3600
ACCOUNT_LOGIN_TIMEOUT = 600  # between the password and the second factor
MFA_ADAPTER = "review.signin.adapters.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_TOLERANCE = 1  # half a minute either way, for clocks that differ
MFA_RATE_LIMITS = False
SOCIALACCOUNT_ADAPTER = "review.signin.oidc_provider.SocialAdapter"
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {"provider_class": "review.signin.oidc_provider.Provider"}
}

# Of a link to a new password, from when its mail is sent. Offered where mail is: EMAIL_HOST.
PASSWORD_RESET_TIMEOUT = 3600

LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "my-work"
LOGOUT_REDIRECT_URL = "login"

# Sessions survive a flushed Redis: the cache is only a faster copy of the table.
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_HTTPONLY = False  # htmx reads the token from a meta tag; scripts of ours only
CSRF_COOKIE_SAMESITE = "Lax"
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Encrypted before they get here; outside everything that is served.
    "documents": {
        "BACKEND": env.text("DOCUMENT_STORAGE", "integrations.blobs.DurableFileStorage"),
        "OPTIONS": env.mapping(
            "DOCUMENT_STORAGE_OPTIONS", {"location": str(DATA_DIR / "documents")}
        ),
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "review.api.authentication.ApiKeyAuthentication",
        "review.api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "review.api.scopes.WithinScopes",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["review.api.parsers.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "review.api.problems.handle",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Countersign",
    "DESCRIPTION": "Hand work items in, see how they were routed, decide and undo.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",  # whose schemas are JSON Schema, as those of the bodies are
    "POSTPROCESSING_HOOKS": [],  # values are written out where they are used
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
}

# Limits of intake, stated in docs/api.md.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024  # bytes of one item's request body
DOCUMENTS_MAX_JSON_BYTES = 8 * 1024 * 1024  # of one with files in base64; larger ones as multipart
DOCUMENTS_MAX_BODY_BYTES = 512 * 1024 * 1024  # of any; a contract's own limits are below it
BULK_MAX_ITEMS = 10_000
BULK_MAX_BODY_BYTES = 64 * 1024 * 1024
JSON_MAX_DEPTH = 32
JSON_MAX_FIELD_CHARACTERS = 100_000
INTAKE_RATE = env.text("INTAKE_RATE", "60000/minute")  # items per API key

# Celery: a message is only a hint, so nothing is kept of results.
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # an outage of hours must not end the workers
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "socket_timeout": 5,
    "socket_connect_timeout": 5,
    "retry_on_timeout": True,
}
CELERY_TASK_DEFAULT_QUEUE = "maintenance"
# No remote control: nobody here asks for it, and its mailbox, deleted on a connection that is gone
# already, ends the worker for good when Redis restarts (celery/kombu issue 582).
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_max": 0.2}
SWEEP_SECONDS = env.integer("SWEEP_SECONDS", 10, at_least=1)
EFFECT_SWEEP_SECONDS = env.integer("EFFECT_SWEEP_SECONDS", 2, at_least=1)
# How long a hint may take before the sweeper gives another: the first one, and any later one.
HINT_GRACE_SECONDS = env.integer("HINT_GRACE_SECONDS", 30, at_least=1)
HINT_AGAIN_SECONDS = env.integer("HINT_AGAIN_SECONDS", 60, at_least=1)
# How long a skipped task is kept from the person who skipped it, while nobody else takes it.
SKIP_FORGET_SECONDS = env.integer("SKIP_FORGET_SECONDS", 3600, at_least=1)
# How often rollups, the search index and past cases read on in the ledger.
FOLLOW_SECONDS = env.integer("FOLLOW_SECONDS", 5, at_least=1)
SEQUENCE_SECONDS = env.integer("SEQUENCE_SECONDS", 5, at_least=1)
CHECKPOINT_SECONDS = env.integer("CHECKPOINT_SECONDS", 45, at_least=1)

# Where model files, the ledger's signing key and the demo's effect files lie.
MODEL_DIR = env.path("MODEL_DIR", DATA_DIR / "models")
LEDGER_ORIGIN = env.text("LEDGER_ORIGIN", "countersign.local/ledger")
LEDGER_KEY_FILE = env.path("LEDGER_KEY_FILE", DATA_DIR / "keys" / "ledger.pem")
# Whom checkpoints are handed to: a file that only grows (best on a store of its own), a URL.
LEDGER_WITNESS_FILE = env.text("LEDGER_WITNESS_FILE", "")
LEDGER_WITNESS_URL = env.text("LEDGER_WITNESS_URL", "")
LEDGER_VERIFY_SECONDS = env.integer("LEDGER_VERIFY_SECONDS", 86_400, at_least=60)
# Bundles for auditors: web and the workers of the queue `maintenance` both need this directory.
EXPORT_DIR = env.path("EXPORT_DIR", DATA_DIR / "exports")
EXPORT_DAYS = env.integer("EXPORT_DAYS", 7, at_least=1)
EFFECT_FILE_ROOT = env.path("EFFECT_FILE_ROOT", DATA_DIR / "effects")
# Lists of names that contracts' checks screen against; read again when a file changes.
SCREENING_DIR = env.path("SCREENING_DIR", DATA_DIR / "screening")
EFFECT_LEASE_SECONDS = env.integer("EFFECT_LEASE_SECONDS", 60, at_least=1)
INFERENCE_LEASE_SECONDS = env.integer("INFERENCE_LEASE_SECONDS", 120, at_least=1)
# What an inference lease holds beyond the longest call that the contract allows.
RECORDING_SECONDS = env.integer("RECORDING_SECONDS", 30, at_least=1)
# Batches that shadows are asked for at once, by the workers that ask the champions.
SHADOWS_AT_ONCE = env.integer("SHADOWS_AT_ONCE", 1, at_least=1)
# Wrap the data keys of items: "id:base64", the one in use first; where empty, from the file.
MASTER_KEY = env.text("MASTER_KEY", "")
MASTER_KEY_FILE = env.path("MASTER_KEY_FILE", DATA_DIR / "keys" / "master.key")
# A key service instead of the two: dotted path of a class as integrations.encryption.kms describes
# it, such as "integrations.encryption.kms.CommandKeys", and its arguments as a JSON object.
MASTER_KEY_BACKEND = env.text("MASTER_KEY_BACKEND", "")
MASTER_KEY_OPTIONS = env.mapping("MASTER_KEY_OPTIONS", {})
# How long your backups are kept: receipts of erasure say until when a value may still be in one.
BACKUP_DAYS = env.integer("BACKUP_DAYS", 35)
# Reading a document may take this long; a worker that needs longer has lost it.
DOCUMENT_LEASE_SECONDS = env.integer("DOCUMENT_LEASE_SECONDS", 240, at_least=1)
DOCUMENT_ATTEMPTS = env.integer("DOCUMENT_ATTEMPTS", 3, at_least=1)
DOCUMENT_MAX_DEPTH = 3  # files within files: the attachment of a mail attached to a mail, ...
DOCUMENT_MAX_ATTACHMENTS = 20  # of one file; an item has at most 100 documents in all
DOCUMENTS_OF_AN_ITEM = 100
ALLOW_PRIVATE_ADDRESSES = env.boolean("ALLOW_PRIVATE_ADDRESSES", False)
# Signing secrets of outgoing calls by name: EFFECT_SECRET_<NAME>=whsec_...
EFFECT_SECRETS_PREFIX = "EFFECT_SECRET_"
# Effect types of your own beside http and file: {"sap": {"path": "acme.sap:Connector",
# "options": {...}}}. The class has apply(request) and says with `reversal` ("compensation" or
# "none") whether it can be taken back; its module has validate(target).
EFFECT_CONNECTORS: dict[str, dict[str, Any]] = {}

# Functions that a contract's gate may call, as package.module:function; no others run.
GATE_CALLABLES = tuple(env.items("GATE_CALLABLES"))
# A check of the gate that fails for now is tried so often before its output is held.
GATE_ATTEMPTS = env.integer("GATE_ATTEMPTS", 5, at_least=1)

# Notices to people outside the app. Without a mail server nothing is mailed; chat goes to the hosts
# named here alone ("*.example.org" names those below it).
PUBLIC_URL = env.text("PUBLIC_URL", "http://127.0.0.1:8000")  # what links in notices begin with
EMAIL_HOST = env.text("EMAIL_HOST", "")
EMAIL_PORT = env.integer("EMAIL_PORT", 25, at_least=1)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.boolean("EMAIL_USE_TLS", False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", "Countersign <countersign@localhost>")
NOTICES_BY_EMAIL = bool(EMAIL_HOST)
CHAT_HOSTS = [one.lower() for one in env.items("CHAT_HOSTS")]
CHAT_SECRET = env.text("CHAT_SECRET", "")  # whsec_..., signs chat messages

# Seconds that a revealed value stays visible (the database allows 900), and reveals that a person
# has in 24 hours.
REVEAL_SECONDS = min(env.integer("REVEAL_SECONDS", 900, at_least=1), 900)
REVEALS_PER_DAY = env.integer("REVEALS_PER_DAY", 50, at_least=1)

# Named providers; a contract's `candidate.provider` picks one.
PROVIDERS: dict[str, dict[str, object]] = {
    "local": {"adapter": "local"},
    "extraction": {"adapter": "extraction"},
    "openai": {
        "adapter": "openai_compatible",
        "base_url": env.text("OPENAI_BASE_URL", "https://api.openai.com/v1"),
        "api_key": env.text("OPENAI_API_KEY", "unset"),
        "model": env.text("OPENAI_MODEL", "gpt-4.1-mini"),
        "input_price_per_million": float(env.text("OPENAI_INPUT_PRICE", "0")),
        "output_price_per_million": float(env.text("OPENAI_OUTPUT_PRICE", "0")),
        # Pages of an item's documents shown as pictures beside their text, to models that see.
        "pictures": env.integer("OPENAI_PICTURES", 0, at_least=0),
    },
}

# Ours to configure (config.telemetry); Django's own default would mail and print.
LOGGING_CONFIG = None
LOG_LEVEL = env.text("LOG_LEVEL", "INFO").upper()
LOG_AS_JSON = env.boolean("LOG_AS_JSON", True)
ENVIRONMENT = env.text("ENVIRONMENT", "development")
SENTRY_DSN = env.text("SENTRY_DSN", "")
METRICS_TOKEN = env.text("METRICS_TOKEN", "")
METRICS_OPEN_LOCALLY = True
DEMO = False

# How many items one hint to the inference worker carries, by provider; one where not named.
PROVIDER_BATCH = {"local": 50}
