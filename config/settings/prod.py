"""Production: every secret from the environment, TLS assumed in front, no demo people."""

from config import env
from config.settings.base import *  # noqa: F403

DEBUG = False
SECRET_KEY = env.text("SECRET_KEY")
# The only thing that makes stored documents readable; keep a copy away from them.
MASTER_KEY = "" if MASTER_KEY_BACKEND else env.secret_or_file("MASTER_KEY", MASTER_KEY_FILE)
ALLOWED_HOSTS = env.items("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = env.items("CSRF_TRUSTED_ORIGINS")
SECURE_SSL_REDIRECT = env.boolean("SECURE_SSL_REDIRECT", True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = env.integer("SECURE_HSTS_SECONDS", 31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
# The proxy that speaks TLS; 0 where nothing is in front, more where there are several.
TRUSTED_PROXIES = env.integer("TRUSTED_PROXIES", 1)
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
DEMO = False
ENVIRONMENT = env.text("ENVIRONMENT", "production")
METRICS_OPEN_LOCALLY = False  # a proxy in front makes every request a local one
STORAGES["staticfiles"] = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
