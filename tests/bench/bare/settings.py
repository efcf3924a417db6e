"""No middleware, no sessions, no accounts; the database as Countersign reaches it."""

from config import env
from config.database import from_url

SECRET_KEY = "bare"
ALLOWED_HOSTS = ["localhost"]
INSTALLED_APPS: list[str] = []
MIDDLEWARE: list[str] = []
ROOT_URLCONF = "tests.bench.bare.urls"
WSGI_APPLICATION = "tests.bench.bare.wsgi.application"
DATABASES = {"default": from_url(env.text("DATABASE_URL", "postgresql:///countersign"))}
USE_TZ = True
USE_I18N = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024 * 1024
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
