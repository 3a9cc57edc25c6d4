"""Calendars of others, read in a process of their own that ends when its time is over.

Whatever is wrong with an address or a file (a server that never answers, a name that never
resolves, a rule that never ends, a body that never stops growing), it costs this much and
no more. The process is `python -m townhall.adapters.calendars`: tasks in by standard input,
an answer on a line for each that is done.
"""

import base64
import json
import os
import resource
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from townhall.adapters.fetching import fetch
from townhall.domain import busy
from townhall.domain.availability import written
from townhall.domain.ports import Read, Task
from townhall.errors import InputError, TownhallError
from townhall.i18n import N_

DEADLINE_S = 5.0
MEMORY = 1024 * 1024 * 1024
FIRST_TURN_S = 0.25
AT_ONCE = 16
"""Addresses that are asked at the same time."""

_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Calendars:
    """Reads calendars in a process of their own.

    Args:
        allow: Networks that may be asked although they are not public, such as 10.0.0.0/8.
        deadline_s: How long all of a call may take.
    """

    allow: Sequence[str] = ()
    deadline_s: float = DEADLINE_S

    def read(self, tasks: Sequence[Task]) -> list[Read]:
        """Return what came of each task, in order; those not done in time have failed."""
        if not tasks:
            return []
        asked = json.dumps({"allow": list(self.allow), "tasks": [_sent(task) for task in tasks]})
        with subprocess.Popen(
            [sys.executable, "-m", "townhall.adapters.calendars"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            # One thread for numpy's algebra: more would only reserve memory, which is limited.
            env={"PYTHONPATH": str(_ROOT), "PATH": os.defpath, "OPENBLAS_NUM_THREADS": "1"},
        ) as process:
            try:
                said, _ = process.communicate(asked.encode(), timeout=self.deadline_s)
            except subprocess.TimeoutExpired:
                process.kill()
                said, _ = process.communicate()
        answers = {
            answer["number"]: answer
            for line in said.split(b"\n")[:-1]
            for answer in [json.loads(line)]
        }
        return [self._read(answers.get(number)) for number in range(len(tasks))]

    def _read(self, answer: dict[str, Any] | None) -> Read:
        """Return an answer as the port has it."""
        if answer is None:
            problem = InputError(
                N_("The calendar was not read within %(seconds)s seconds."),
                field="address",
                seconds=f"{self.deadline_s:g}",
            )
            return Read((), problem)
        if "message" in answer:
            return Read(
                (), InputError(answer["message"], field=answer["field"], **answer["values"])
            )
        return Read(
            tuple(
                (datetime.fromisoformat(begin), datetime.fromisoformat(end))
                for begin, end in answer["busy"]
            ),
            None,
        )


def main() -> None:
    """Answer the tasks of standard input, each as soon as it is done."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    asked = json.load(sys.stdin)
    allow = [ip_network(network) for network in asked["allow"]]

    def octets(task: dict[str, Any]) -> bytes:
        if "address" in task:
            return fetch(task["address"], allow)
        return base64.b64decode(task["octets"])

    # Lines are slow and rules are hungry. Lines are waited for together; rules get a short turn
    # each, and those that need more come again after the others, for a longer one.
    signal.signal(signal.SIGALRM, _stop)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        coming = {pool.submit(octets, task): number for number, task in enumerate(asked["tasks"])}
        waiting = set(coming)
        turns: deque[tuple[Future[bytes], float]] = deque()
        while waiting or turns:
            done, waiting = wait(waiting, 0 if turns else None, FIRST_COMPLETED)
            turns.extendleft((each, FIRST_TURN_S) for each in done)
            each, turn_s = turns.popleft()
            number = coming[each]
            try:
                answer = _answer(each, asked["tasks"][number], turn_s)
            except _TurnIsOverError:
                turns.append((each, turn_s * 4))
                continue
            sys.stdout.write(json.dumps({"number": number, **answer}) + "\n")
            sys.stdout.flush()


def _sent(task: Task) -> dict[str, Any]:
    """Return a task as the process reads it."""
    common = {
        "zone": task.zone,
        "first": task.first.isoformat(),
        "until": task.until.isoformat(),
    }
    if isinstance(task.source, str):
        return {**common, "address": task.source}
    return {**common, "octets": base64.b64encode(task.source).decode()}


class _TurnIsOverError(BaseException):
    """A calendar needs longer than its turn; no library may take this for a fault of its own."""


def _stop(_signal: int, _frame: object) -> None:
    """End a turn."""
    raise _TurnIsOverError


def _answer(octets: Future[bytes], task: dict[str, Any], turn_s: float) -> dict[str, Any]:
    """Return what the process says of a task, if it can be found within a turn."""
    try:
        fetched = octets.result()
        signal.setitimer(signal.ITIMER_REAL, turn_s)
        found = busy.intervals(
            fetched,
            task["zone"],
            datetime.fromisoformat(task["first"]),
            datetime.fromisoformat(task["until"]),
        )
    except TownhallError as error:
        return {"message": error.message, "field": error.field, "values": error.values}
    except Exception:  # noqa: BLE001  a file made to break its reader ends its own turn alone
        return {"message": N_("This calendar cannot be read."), "field": "calendar", "values": {}}
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return {"busy": [[written(begin), written(end)] for begin, end in found]}


if __name__ == "__main__":
    main()
