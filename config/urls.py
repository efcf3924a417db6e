"""All addresses: console at the root, API under /api/, plumbing under /admin/."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from config.metrics import metrics
from review.console.views.signin import admin_login

urlpatterns = [
    path("", include("review.console.urls")),
    path("api/v1/", include("review.api.urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("admin/login/", admin_login),  # before the admin's own, which knows no second factor
    path("admin/", admin.site.urls),
    path("metrics", metrics, name="metrics"),
]

handler400 = "review.api.problems.bad_request"
handler403 = "review.api.problems.permission_denied"
handler404 = "review.api.problems.not_found"
handler500 = "review.api.problems.server_error"
