"""Time by what there is to read: a page that hangs must not cost what a hundred pages may."""

from __future__ import annotations

import signal
import time

_TO_OPEN_SECONDS = 20.0
_A_PAGE_SECONDS = 12.0  # of CPU; a dense scan takes 3, a slow machine three times that


def allow(pages: int) -> None:
    """CPU time from the child's start for opening a file and reading so many pages of it; beyond
    it the child ends by a signal that its parent understands as too slow."""
    left = _TO_OPEN_SECONDS + _A_PAGE_SECONDS * pages - time.process_time()
    signal.setitimer(signal.ITIMER_PROF, max(0.01, left))
