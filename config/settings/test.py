"""The suite: embedded services, quick password hashing, jobs called by name."""

import base64

from config.settings.base import *  # noqa: F403

SECRET_KEY = "test-only-" + "y" * 50
ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOW_PRIVATE_ADDRESSES = True
DEMO = True
MASTER_KEY = "test:" + base64.b64encode(b"m" * 32).decode()
NOTICES_BY_EMAIL = True
CHAT_HOSTS = ["127.0.0.1"]
OIDC_ALLOW_PRIVATE = True
