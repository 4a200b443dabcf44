"""Layouts: how many partitions each consumer has of a topic, as the control log says. Pure.

While their number changes, a partition that gets buckets is closed until all that it gets them from
are drained: so a shop's webhooks are handled in their order, the old ones first.
"""

from dataclasses import dataclass, replace

from schemas.bucket import BUCKETS
from schemas.names import WorkQueue

Key = tuple[str, str]
"""Consumer and topic."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How many partitions a consumer has of a topic, and while that changes, how many it had."""

    partitions: int
    before: int = 0
    drained: frozenset[int] = frozenset()
    offset: int = 0
    is_first: bool = False
    """Whether nothing was known before: a worker has written down what its consumer declares."""

    @property
    def is_moving(self) -> bool:
        """Whether buckets are on their way from one partition to another."""
        return self.before != 0

    @property
    def numbers(self) -> range:
        """The partitions that there are, of before or from now on."""
        return range(max(self.partitions, self.before))

    @property
    def losing(self) -> frozenset[int]:
        """The partitions that buckets move away from."""
        if not self.is_moving:
            return frozenset()
        losing = set[int]()
        for target in range(self.partitions):
            losing.update(self._from(target))
        return frozenset(losing)

    @property
    def gaining(self) -> frozenset[int]:
        """The partitions that buckets move to."""
        gaining = set[int]()
        for target in range(self.partitions):
            if self._from(target):
                gaining.add(target)
        return frozenset(gaining)

    @property
    def open(self) -> frozenset[int]:
        """The partitions that webhooks may be taken from now."""
        found = set(self.losing - self.drained)
        for target in range(self.partitions):
            if self._from(target) <= self.drained:
                found.add(target)
        return frozenset(found)

    def queues(self, whole: WorkQueue) -> tuple[WorkQueue, ...]:
        """Return the partitions that there are; one that is to go knows of no buckets."""
        queues = list(whole.split(self.partitions))
        for number in self.numbers[self.partitions :]:
            going = replace(whole, partition=number)
            queues.append(going)
        return tuple(queues)

    def _from(self, target: int) -> frozenset[int]:
        """Return the partitions from which one gets buckets."""
        if not self.is_moving:
            return frozenset()
        buckets = range(target, BUCKETS, self.partitions)
        had = {bucket % self.before for bucket in buckets}
        had.discard(target)
        return frozenset(had)
