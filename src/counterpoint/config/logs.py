"""Keeps personal data out of logs: a record from outside this project loses its values, a traceback its messages."""

import logging
import traceback


class NoPersonalData(logging.Filter):
    """Reduces an exception to its kind and the places it passed, since its message may quote what people wrote."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            places = traceback.extract_tb(error.__traceback__)[-12:]
            where = " < ".join(f"{place.name}:{place.lineno}" for place in reversed(places))
            record.msg, record.args = f"{type(error).__name__} in {where}", ()
            record.exc_info, record.exc_text, record.stack_info = None, None, None
        elif not record.name.startswith("counterpoint"):
            record.msg, record.args = str(record.msg), tuple(_safe(value) for value in _positional(record))
        return True


def _positional(record: logging.LogRecord) -> tuple[object, ...]:
    return record.args if isinstance(record.args, tuple) else ()


def _safe(value: object) -> object:
    """A count or a process number is nobody's; it also has to stay a number for messages that format one."""
    return value if isinstance(value, int | float) else "…"
