"""The loop that every worker turns: a turn, a wait, the next turn, until it is told to stop.

Workers are threads of `townhall serve`, or of a process of their own as `townhall worker`. Leases
and locks keep several of a kind apart, so any number may run at once.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from townhall.db import open_engine
from townhall.db import sessions as sessions_of
from townhall.errors import UnavailableError

PAUSE_S = 5.0
"""How long a database is left alone that did not answer, and a worker after a fault of its own."""

Turn = Callable[[sessionmaker[Session], threading.Event], int]
"""Does what is due and returns how much it was; a long turn looks at the event, and ends early."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """What is done again and again, on a database of its own.

    Attributes:
        name: Of the thread, and of what it works on in the log: "reminders".
        done: What has become of those that a turn counted, in the log: "written".
        turn: What is done.
        look_every_s: Seconds between two turns, which is how late it may be.
        pause_s: Seconds to the next turn after one that failed, if that is longer.
    """

    name: str
    done: str
    turn: Turn
    look_every_s: float
    pause_s: float = PAUSE_S

    def start(self, database_url: str, stopping: threading.Event) -> threading.Thread:
        """Return a thread that works until `stopping` is set; it outlives no process."""
        thread = threading.Thread(
            target=self.run, args=(database_url, stopping), name=self.name, daemon=True
        )
        thread.start()
        return thread

    def run(self, database_url: str, stopping: threading.Event) -> None:
        """Work until `stopping` is set; it is looked at before each turn and while waiting."""
        engine = open_engine(database_url)
        sessions = sessions_of(engine)
        try:
            while not stopping.is_set():
                is_well = self._take_turn(sessions, stopping)
                stopping.wait(self.look_every_s if is_well else self._after_fault_s)
        finally:
            engine.dispose()

    @property
    def _after_fault_s(self) -> float:
        return max(self.look_every_s, self.pause_s)

    def _take_turn(self, sessions: sessionmaker[Session], stopping: threading.Event) -> bool:
        """Return whether a turn went well; the log has what came of it."""
        done, away, failed = (
            f"{self.name}.{what}" for what in (self.done, "unavailable", "failed")
        )
        try:
            count = self.turn(sessions, stopping)
        except (UnavailableError, OperationalError) as error:
            log.warning(away, error=str(error))
            return False
        except Exception as error:
            # Whatever it is, what is due next must not wait for somebody to notice.
            log.exception(failed, exc_info=error)
            return False
        if count:
            log.info(done, count=count)
        return True
