"""The bare views' addresses."""

from django.urls import path

from tests.bench.bare import views

urlpatterns = [
    path("ready", views.ready),
    path("decide/<str:actor>/<str:task>", views.decide),
    path("items/", views.receive),
    path("items/routed/", views.receive_and_route),
    path("items/bulk/", views.receive_bulk),
]
