"""A Maildir: one file a mail, whole or not at all."""

import contextlib
import os
import re
from pathlib import Path

from townhall.domain.outbox import DeferredError, RefusedError

_CODE = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Maildir:
    """Puts mails into a folder that mail readers understand.

    A file is named by the mail's code, so that a mail repeated after a crash takes the place
    of its first copy. It is on the disk, not only in memory, when `send` returns.

    Source: the format as described by D. J. Bernstein: written in tmp, then moved to new.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, code: str, sender: str, recipient: str, octets: bytes) -> None:
        """Write one mail; who it is from and to stands in the mail itself.

        Raises:
            DeferredError: The disk is full or the folder cannot be written.
            RefusedError: The code cannot name a file.
        """
        del sender, recipient
        if not _CODE.fullmatch(code):
            raise RefusedError(f"{code!r} cannot name a file")
        name = f"{code}.townhall"
        # Two processes may hold the same mail for a moment; each writes a file of its own.
        written = self.folder / "tmp" / f"{name}.{os.getpid()}"
        try:
            for part in ("tmp", "new", "cur"):
                (self.folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)
            with written.open("wb") as file:
                file.write(octets)
                file.flush()
                os.fsync(file.fileno())
            written.replace(self.folder / "new" / name)
            self._sync_folder()
        except OSError as error:
            with contextlib.suppress(OSError):
                written.unlink()
            raise DeferredError(str(error)) from error

    def _sync_folder(self) -> None:
        """Make the new name last, not only the file."""
        descriptor = os.open(self.folder / "new", os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
