"""How the event loop and the thread that writes share the interpreter, and when a batch is committed.

The thread needs it between any two statements. A busy event loop lets go of it often, but only for microseconds, sooner
than a thread wakes up: without help, a commit would last a hundred times as long. The loop says what is to be done, as
it knows who waits; the thread complies.
"""

from __future__ import annotations

import threading
from collections.abc import Callable


class Pace:
    """``deliver`` is set by the writer: it hands over, on the event loop, the batches that are done."""

    def __init__(self) -> None:
        self.deliver: Callable[[], None] = _nothing
        self.unfinished = 0
        """Writes that have not been delivered; of the event loop alone."""
        self._done = threading.Lock()
        """The thread opens it after each batch; ``give_way`` shuts it again, and so does whoever delivers."""
        self.preferred = False
        """Whether what is written now shall go before the rest."""
        self._linger = 0.0
        self._lingering = False
        self._urgent = False
        self._woken = threading.Lock()
        """Shut while the thread may linger."""
        self._woken.acquire()

    # -- on the event loop

    def linger(self, seconds: float) -> None:
        """From now on, let writes gather for so long before they are committed; 0: commit them at once."""
        self._linger = seconds

    def prefer(self, preferred: bool) -> None:
        """Whether what is written from now on shall be committed at once, and before what has gathered."""
        self.preferred = preferred

    def submitted(self) -> None:
        if not self.unfinished:
            self.shut()
        self.unfinished += 1

    def hurry(self) -> None:
        """The thread shall not linger now."""
        self._urgent = True
        if self._woken.locked():
            self._woken.release()

    def give_way(self, seconds: float) -> bool:
        """Stand still until a batch is done and deliver it, for so long at the most, and only if one is being made.
        Whether anything is still to be committed."""
        if not self.unfinished:
            return False
        if self._lingering and not self._urgent:
            seconds = 0.0
        if self._done.acquire(timeout=seconds):
            self.deliver()
        return self.unfinished > 0

    def shut(self) -> None:
        """What has been done is known."""
        self._done.acquire(blocking=False)

    # -- on the thread

    def gather(self) -> None:
        """Let more come, unless there is a hurry."""
        if self._linger and not self._urgent:
            self._lingering = True
            self._woken.acquire(timeout=self._linger)
            self._lingering = False
        else:
            self._woken.acquire(blocking=False)
        self._urgent = False

    def done(self) -> None:
        """A batch can be delivered."""
        if self._done.locked():
            self._done.release()


def _nothing() -> None:
    pass
