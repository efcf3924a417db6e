from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


class IntegrationsConfig(AppConfig):
    name = "integrations"
    label = "integrations"
    verbose_name = "Integrations"

    def ready(self) -> None:
        """Make the effect types of settings known; one that does not declare its undo stops us."""
        from integrations.connectors.registry import UndeclaredReversal, register

        for name, entry in settings.EFFECT_CONNECTORS.items():
            try:
                register(name, entry["path"])
            except UndeclaredReversal as error:
                raise ImproperlyConfigured(str(error)) from None
            except (AttributeError, ImportError, KeyError) as error:
                raise ImproperlyConfigured(f"EFFECT_CONNECTORS, {name!r}: {error!r}") from None
