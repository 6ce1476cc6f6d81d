"""Whether recording goes on."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_tfgrad.recording.gradient_call import Recording


class Switch:
    """Is on from the beginning, and off for good once something ended the recording.

    Attributes:
        is_off: whether nothing is to be recorded any more.
    """

    def __init__(self, recording: Recording) -> None:
        self.is_off = False
        self._recording = recording

    def turn_off(self) -> None:
        """The test is over."""
        self.is_off = True

    def break_off(self, place: str) -> None:
        """End the recording before the test ends, and note it.

        Args:
            place: what it stopped at, for the note.
        """
        self.is_off = True
        self._recording.note(f"Recording stopped at {place}; later gradients of this test were not checked.")

    def fail(self, error: Exception) -> None:
        """End the recording at an error of this package's own: the test it observes must not fail for it."""
        self.break_off(f"an internal error of pytest-tfgrad ({type(error).__name__}: {error})")

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Turn an error inside the block into a note."""
        try:
            yield
        except Exception as error:
            self.fail(error)
