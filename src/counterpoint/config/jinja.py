"""The template environment: GOV.UK Frontend's macros, static files, addresses, times and Markdown from packs."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader
from markdown_it import MarkdownIt
from markupsafe import Markup

from counterpoint.desk.shell import fields

_markdown = MarkdownIt("commonmark", {"html": False})


def environment(**options: Any) -> Environment:
    """Strict about undefined names except where GOV.UK Frontend's macros rely on leaving parameters out."""
    ours = options.pop("loader")
    loader = ChoiceLoader(
        [
            ours,
            PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
        ]
    )
    made = Environment(loader=loader, trim_blocks=True, lstrip_blocks=True, **options)  # noqa: S701 - autoescape is in options
    made.globals.update({"static": static, "url": _url})
    made.globals.update(
        {
            "error_list": fields.error_list,
            "field_component": fields.component,
            "field_parameters": fields.parameters,
        }
    )
    made.filters.update({"markdown": markdown, "moment": moment, "day": day})
    return made


def markdown(text: str) -> Markup:
    """A pack's text as HTML with GOV.UK Frontend's classes. Raw HTML in the text stays text."""
    html = _markdown.render(text)
    for tag, style in (
        ("<p>", "govuk-body"),
        ("<a ", "govuk-link"),
        ("<h2>", "govuk-heading-m"),
        ("<h3>", "govuk-heading-s"),
    ):
        html = html.replace(tag, f'{tag.rstrip("> ")} class="{style}"{tag[-1]}')
    html = html.replace("<ul>", '<ul class="govuk-list govuk-list--bullet">')
    return Markup(html.replace("<ol>", '<ol class="govuk-list govuk-list--number">'))  # noqa: S704 - made from escaped Markdown


def moment(at: datetime) -> str:
    """A moment for people, in the deployment's zone: 3 March 2026, 14:05."""
    local = at.astimezone(ZoneInfo(settings.DISPLAY_TIME_ZONE))
    return f"{local.day} {local:%B %Y, %H:%M}"


def day(at: datetime) -> str:
    """The day of a moment, in the deployment's zone: 3 March 2026."""
    local = at.astimezone(ZoneInfo(settings.DISPLAY_TIME_ZONE))
    return f"{local.day} {local:%B %Y}"


def _url(name: str, **parts: Any) -> str:
    return reverse(name, kwargs=parts or None)
