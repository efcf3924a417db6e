import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
application = get_wsgi_application()

from config import telemetry  # noqa: E402  settings must be there first

telemetry.start()

# Views are imported now and not with the first request. All that lives as long as the process is
# taken from the garbage collector's sight, and new cycles, which requests hardly make, are looked
# for less often: a twelfth of a request's processor time, and the longest of its pauses.
get_resolver().url_patterns  # noqa: B018
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 20, 20)
