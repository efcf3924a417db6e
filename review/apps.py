from django.apps import AppConfig


class ReviewConfig(AppConfig):
    name = "review"

    def ready(self) -> None:
        from review.documents import checks  # noqa: F401  # registers
        from review.signin import receivers
        from review.signin.checks import settings_are_whole

        settings_are_whole()
        receivers.connect()
