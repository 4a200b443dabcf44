"""What this process knows of its app's control log, whoever read it."""

from collections.abc import Callable

from schemas.control import ControlState


class KnownControl:
    """The latest state that was read; `listen` to it, and `take` what was read."""

    def __init__(self) -> None:
        self.state = ControlState()
        self._listeners: list[Callable[[], None]] = []

    def heard(self) -> int:
        """Return the offset behind the last record that is known."""
        return self.state.next_offset

    def listen(self, tell: Callable[[], None]) -> None:
        """Have this called whenever there is another state."""
        self._listeners.append(tell)

    def take(self, state: ControlState, before: ControlState) -> None:
        """Know this from now on, unless more is known already.

        `before` is what was known when the reading began: to come to less, the log must be a new
        one. A log that tells of nothing was deleted, or not read in time, and takes nothing back.
        """
        if not state.next_offset:
            return

        is_new_log = state.next_offset < before.next_offset and self.state is before
        if is_new_log or state.next_offset > self.state.next_offset:
            self.state = state
            for tell in self._listeners:
                tell()
