"""Trial and development: demo people, plain HTTP, effects to this machine allowed."""

from config import env, trial

trial.adopt()  # before the base reads the addresses

from config.settings.base import *  # noqa: E402, F403

DEBUG = env.boolean("DEBUG", False)
SECRET_KEY = env.text("SECRET_KEY", "development-only-" + "x" * 40)
ALLOWED_HOSTS = env.items("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1],testserver,*")
ALLOW_PRIVATE_ADDRESSES = env.boolean("ALLOW_PRIVATE_ADDRESSES", True)
DEMO = env.boolean("DEMO", True)
LOG_AS_JSON = env.boolean("LOG_AS_JSON", False)  # for people
OIDC_ALLOW_PRIVATE = env.boolean("OIDC_ALLOW_PRIVATE", True)
