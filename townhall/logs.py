"""What the process writes down of itself: one line for each event, on standard error.

A log is read by more people than a database, and kept elsewhere and for longer. So a fault is
written as its kind and its lines of code; not with the values at hand there, nor in its own
words, which often quote what somebody typed.
"""

import sys
import traceback
from collections.abc import Iterator
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor


def configure(*, plain: bool = False, stream: TextIO | None = None) -> None:
    """Have every log of this process written so; called once, when it begins.

    Args:
        plain: Lines for a person at a terminal, instead of JSON.
        stream: Where to; standard error if None.
    """
    written: Processor = structlog.processors.JSONRenderer(ensure_ascii=False)
    if plain:
        written = structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _without_values,
            written,
        ],
        # Standard error is looked up for each line, since a process may be given another one.
        logger_factory=lambda *_names: structlog.PrintLogger(stream or sys.stderr),
    )


def configure_unless_done() -> None:
    """Have the logs of a process written so that has not said how it wants them.

    Else the library's own way would hold, which lays out every value of every frame: that takes
    seconds for one fault, and shows secrets.
    """
    if not structlog.is_configured():
        configure()


def _without_values(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Replace an exception by its kind and lines, and by those of what led to it."""
    error = event.pop("exc_info", None)
    if error and not isinstance(error, BaseException):
        error = sys.exc_info()[1]
    if isinstance(error, BaseException):
        event["fault"] = list(_lines(error))
    return event


def _lines(error: BaseException) -> Iterator[str]:
    """Yield the kind of an exception and where it came by, the first cause last."""
    cause: BaseException | None = error
    while cause is not None:
        yield type(cause).__qualname__
        for frame in traceback.extract_tb(cause.__traceback__):
            yield f"{frame.filename}:{frame.lineno} {frame.name}"
        cause = cause.__cause__ or cause.__context__
