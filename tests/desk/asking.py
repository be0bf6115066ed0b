"""Pages of a case asked for, and forms sent, by whoever is named; and what the answers hold."""

import html
import re

from django.urls import reverse
from tests.cast import logged_in
from tests.support.making import TODAY


def at(name, case=None, **parts):
    return reverse(f"desk:{name}", kwargs={"case_id": case.pk, **parts} if case is not None else parts or None)


def text_of(response):
    return html.unescape(response.content.decode())


def get(staff, name, case=None, query="", **parts):
    return logged_in(staff).get(at(name, case, **parts) + query)


def post(staff, name, case, data, **parts):
    return logged_in(staff).post(at(name, case, **parts), data)


def day_of(name, on=TODAY):
    return {f"{name}_day": on.day, f"{name}_month": on.month, f"{name}_year": on.year}


def hidden(response, name):
    return re.search(rf'name="{name}" value="([^"]*)"', response.content.decode()).group(1)
