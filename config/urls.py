"""All addresses: console at the root, API under /api/, plumbing under /admin/."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from config.metrics import metrics

urlpatterns = [
    path("", include("review.console.urls")),
    path("api/v1/", include("review.api.urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("admin/", admin.site.urls),
    path("metrics", metrics, name="metrics"),
]
