"""As little Django as writes rows: the same databases with the same settings, no more middleware than Django's own
smallest, no sessions, no forgery check."""

from counterpoint.config import environment

SECRET_KEY = "protects nothing"
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
DATABASES = {"default": environment.database("BARE_DATABASE_URL")}
INSTALLED_APPS = ["bench.bare"]
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
ROOT_URLCONF = "bench.bare.urls"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
