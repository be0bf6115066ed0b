"""The web server's own log, without what a request holds. `counterpoint.config.serve` names it to gunicorn, whose
warnings about malformed requests would otherwise quote the sender's address and headers."""

import logging

from gunicorn.config import Config  # type: ignore[import-untyped]
from gunicorn.glogging import Logger  # type: ignore[import-untyped]

from counterpoint.config.logs import NoPersonalData

_MALFORMED = "Invalid request from"


class NoRequests(logging.Filter):
    """Keeps that a malformed request came, and nothing of it."""

    def filter(self, record: logging.LogRecord) -> bool:
        if str(record.msg).startswith(_MALFORMED):
            record.msg, record.args = "a malformed request was refused", ()
        return True


class ServerLog(Logger):  # type: ignore[misc]  # gunicorn comes without types
    """gunicorn's logger with both filters before every handler."""

    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        for kept_out in (NoRequests(), NoPersonalData()):
            self.error_log.addFilter(kept_out)
