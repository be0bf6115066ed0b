"""`python -m bench.bare.prepare N`: the tables, and N drafts whose ids are printed as JSON."""

import json
import os
import sys

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.bare.settings"
django.setup()

from django.core.management import call_command  # noqa: E402 - after the apps are loaded
from django.utils import timezone  # noqa: E402

from bench.bare.models import Draft  # noqa: E402

call_command("migrate", run_syncdb=True, verbosity=0, interactive=False)
rows = [
    Draft(lookup=os.urandom(32).hex(), content=os.urandom(600), updated_at=timezone.now())
    for _ in range(int(sys.argv[1]))
]
Draft.objects.bulk_create(rows)
print(json.dumps([str(row.id) for row in rows]))
