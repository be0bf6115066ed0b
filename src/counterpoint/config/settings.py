"""All settings, from the environment. Each is described in docs/guides/install.md."""

from pathlib import Path

from counterpoint.base.sealing import read_deployment_keys
from counterpoint.config import environment

ROOT = Path(__file__).resolve().parents[3]

DEMO = environment.flag("COUNTERPOINT_DEMO")
DEBUG = False
SECRET_KEY = environment.text("COUNTERPOINT_SECRET_KEY")
DEPLOYMENT_KEYS = read_deployment_keys(
    key_file=environment.text("COUNTERPOINT_KEY_FILE", ""), key_text=environment.text("COUNTERPOINT_KEY", "")
)
ALLOWED_HOSTS = environment.text("COUNTERPOINT_HOSTS", "127.0.0.1,localhost").split(",")
HTTPS = environment.flag("COUNTERPOINT_HTTPS", default=not DEMO)
PUBLIC_ADDRESS = environment.text("COUNTERPOINT_PUBLIC_ADDRESS", "http://127.0.0.1:8000")

PACK_FOLDER = Path(environment.text("COUNTERPOINT_PACK", str(ROOT / "packs" / "england")))
FILES_FOLDER = Path(environment.text("COUNTERPOINT_FILES", str(ROOT / "var" / "files")))
CHECKPOINTS_FOLDER = Path(environment.text("COUNTERPOINT_CHECKPOINTS", str(ROOT / "var" / "checkpoints")))
# names this deployment's ledger in every checkpoint
LEDGER_ORIGIN = environment.text("COUNTERPOINT_LEDGER_ORIGIN", "counterpoint.invalid/audit")
# a folder that analysts may point at for posts; empty: they upload
_SNAPSHOTS = environment.text("COUNTERPOINT_SNAPSHOTS", "")
SNAPSHOTS_FOLDER = Path(_SNAPSHOTS) if _SNAPSHOTS else None
LARGEST_SNAPSHOT = int(environment.text("COUNTERPOINT_SNAPSHOT_MB", "2000")) * 1_000_000
# where detections work; posts lie there in clear while one is under way, so put it on encrypted or volatile storage
RUNS_FOLDER = Path(environment.text("COUNTERPOINT_RUNS", str(FILES_FOLDER / "runs")))
RUN_MEMORY_MB = int(environment.text("COUNTERPOINT_RUN_MEMORY_MB", "2000"))
RUN_SECONDS = int(environment.text("COUNTERPOINT_RUN_SECONDS", "3600"))
BUILD_FOLDER = Path(environment.text("COUNTERPOINT_BUILD", str(ROOT / "build")))
# clamd's socket path or host:port; empty: files are kept in quarantine marked "not scanned"
CLAMD = environment.text("COUNTERPOINT_CLAMD", "")
ARRIVALS_GO_TO = "counterpoint.journey.process_arrival"  # the task lies in intake, what follows lies above it
# scrypt's cost for receipts (a power of two); docs/decisions/0004 says why 2^12
RECEIPT_HASH_COST = int(environment.text("COUNTERPOINT_RECEIPT_HASH_COST", "4096"))

DATABASES = {
    "default": environment.database("COUNTERPOINT_DATABASE_URL"),
    "keys": environment.database("COUNTERPOINT_KEYS_DATABASE_URL"),
}
DATABASE_ROUTERS = ["counterpoint.base.routing.KeysApart"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "access.Staff"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "counterpoint.base",
    "counterpoint.audit",
    "counterpoint.rules",
    "counterpoint.access",
    "counterpoint.intake",
    "counterpoint.triage",
    "counterpoint.cases",
    "counterpoint.support",
    "counterpoint.partners",
    "counterpoint.panels",
    "counterpoint.campaigns",
    "counterpoint.channels.portal",
    "counterpoint.desk",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "counterpoint.config.headers.SecurityHeaders",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "counterpoint.access.gate.PermissionGate",
]

ROOT_URLCONF = "counterpoint.config.urls"
WSGI_APPLICATION = "counterpoint.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [],
        "APP_DIRS": True,  # each folder's `jinja2/`
        "OPTIONS": {
            "environment": "counterpoint.config.jinja.environment",
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "counterpoint.desk.shell.context.desk",
            ],
        },
    },
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    },
]

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
PASSWORD_RESET_TIMEOUT = 3 * 24 * 60 * 60  # how long a one-time link opens an account

# Logging in: password and second factor for everybody; no sign-up, no mail. How the library is bent to it:
# counterpoint.access.login. Attempts are counted by account, never by address: no address is kept.
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "desk:home"
ACCOUNT_ADAPTER = "counterpoint.access.login.DeskAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_RATE_LIMITS = {
    "login": None,
    "login_failed": "5/300s/key",
    "change_password": "5/m/user",
    "signup": None,
    "reset_password": None,
    "reset_password_from_key": None,
    "request_login_code": None,
    "verify_phone": None,
}
MFA_ADAPTER = "counterpoint.access.login.DeskSecondFactor"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Counterpoint"
MFA_ALLOW_UNVERIFIED_EMAIL = True  # no mail is needed to log in
MFA_RECOVERY_CODES_SHOW_ONCE = True
# Counts of attempts, shared by all web processes; the table is counterpoint.access.models.AttemptCount.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "access_attempt_count",
        "OPTIONS": {"MAX_ENTRIES": 100_000},  # so many that nobody can push an account's count out
    },
}
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

LANGUAGE_CODE = "en-gb"
USE_I18N = False  # public texts come from the pack in all its languages; the desk is in English
USE_TZ = True
TIME_ZONE = "UTC"
DISPLAY_TIME_ZONE = "Europe/London"

STATIC_URL = "static/"
STATICFILES_DIRS = [BUILD_FOLDER / "static"] if (BUILD_FOLDER / "static").is_dir() else []
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

TASKS = {"default": {"BACKEND": "counterpoint.base.queue.Queue", "QUEUES": ["default"]}}

SESSION_COOKIE_NAME = "desk_session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_AGE = 8 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_AGE = None
CSRF_FAILURE_VIEW = "counterpoint.channels.portal.refusals.form_not_trusted"
SECURE_SSL_REDIRECT = False  # the reverse proxy does it
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = (
    "same-origin"  # other sites learn nothing; with "no-referrer" browsers send forms as from nowhere
)
X_FRAME_OPTIONS = "DENY"

DATA_UPLOAD_MAX_MEMORY_SIZE = 2_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
DATA_UPLOAD_MAX_NUMBER_FILES = 10
FILE_UPLOAD_HANDLERS = ["counterpoint.channels.portal.uploads.BoundedMemoryUploads"]  # never in clear on disk

EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = environment.text("COUNTERPOINT_MAIL_HOST", "")
EMAIL_PORT = int(environment.text("COUNTERPOINT_MAIL_PORT", "25"))
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = environment.text("COUNTERPOINT_MAIL_FROM", "no-reply@counterpoint.invalid")

# No request line, no address and no form value ever reaches a log: only our own events and unhandled faults' kinds.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "filters": {"no_personal_data": {"()": "counterpoint.config.logs.NoPersonalData"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["no_personal_data"]}},
    "root": {"handlers": ["console"], "level": environment.text("COUNTERPOINT_LOG_LEVEL", "WARNING")},
    "loggers": {
        "counterpoint": {"level": "INFO"},
        "django": {"handlers": [], "level": "WARNING", "propagate": True},
        "django.request": {"handlers": [], "level": "ERROR", "propagate": True},
        "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
    },
}
