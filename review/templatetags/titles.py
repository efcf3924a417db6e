"""Titles of processes, for templates that are given slugs."""

from typing import Any

from django import template

from governance.models import Process

register = template.Library()


@register.simple_tag(takes_context=True)
def title_of(context: Any, slug: str | None, otherwise: str = "") -> str:
    """The title of a process; its slug where there is none, `otherwise` without a slug.

    All titles are read once a page, kept on its request: there are as many as processes.
    """
    if not slug:
        return otherwise
    request = context.request
    titles: dict[str, str] | None = getattr(request, "process_titles", None)
    if titles is None:
        titles = dict(Process.objects.values_list("pk", "title"))
        request.process_titles = titles
    return titles.get(slug, slug)
