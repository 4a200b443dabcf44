"""Which partitions a process takes from: by who lives, and by what is open."""

from dataclasses import dataclass, field
from time import monotonic
from typing import Any, cast

import pytest

from runtime.this_process import PROCESS
from schemas.control import ControlState, fold
from schemas.layout_records import Step, layout_record
from schemas.names import WorkQueue
from schemas.pulse import Beat, ProcessKind
from workers.broker.known import KnownControl
from workers.partitions import Partitions
from workers.roll import DEAF_AFTER, Roll

ERP = WorkQueue("spiffy", "erp", "orders.create")


@dataclass
class FakeIntake:
    """A partition, and whether it is taken from."""

    queue: WorkQueue
    is_ours: bool = False

    def take(self, *, is_ours: bool) -> None:
        """Take note."""
        self.is_ours = is_ours


@dataclass
class Story:
    """The partitions of this process, beside other workers."""

    control: KnownControl = field(default_factory=KnownControl)
    all: list[FakeIntake] = field(default_factory=list)
    divided: dict[WorkQueue, Any] = field(default_factory=lambda: {ERP: None})

    def __post_init__(self) -> None:
        self.roll = Roll(PROCESS)
        self.roll.listen(monotonic())
        self.partitions = Partitions(cast("Any", self), self.control, self.roll, print)
        self.all = [FakeIntake(queue) for queue in ERP.split(16)]

    def of(self, whole: WorkQueue) -> list[FakeIntake]:
        """Return the intakes."""
        assert ERP == whole
        return self.all

    def says(self, *records: dict[str, int]) -> None:
        """Have the control log say in how many partitions it is divided."""
        state = ControlState()
        for offset, said in enumerate(records):
            record = layout_record(Step.PARTITIONED, ERP, by="me", at=1, **said)
            state = fold(state, record, offset)
        self.control.take(state, self.control.state)

    def heard(self, *processes: str, at: float | None = None) -> None:
        """Hear that these take part."""
        for process in processes:
            beat = Beat(1, process, ProcessKind.WORKER, divides=(ERP.name,))
            self.roll.hear(beat, monotonic() if at is None else at)

    @property
    def ours(self) -> set[int]:
        """The partitions that are taken from."""
        return {one.queue.partition for one in self.all if one.is_ours}


@pytest.fixture
async def story() -> Story:
    """A story in which nothing is known yet."""
    return Story()


async def test_alone_it_takes_all_that_there_are(story: Story) -> None:
    story.says({"partitions": 8})
    story.heard(PROCESS)
    story.partitions.divide()
    assert set(range(8)) == story.ours
    assert story.partitions.is_divided


async def test_beside_others_it_takes_its_part(story: Story) -> None:
    story.says({"partitions": 8})
    story.heard(PROCESS, "one", "two", "three")
    story.partitions.divide()
    assert 2 == len(story.ours)


@pytest.mark.parametrize("knows", ["the log", "who lives"])
async def test_before_it_knows_both_log_and_workers_it_takes_none(story: Story, knows: str) -> None:
    if knows == "the log":
        story.says({"partitions": 8})
    else:
        story.heard(PROCESS)
    story.partitions.divide()
    assert set() == story.ours
    assert not story.partitions.is_divided


async def test_while_they_grow_it_takes_from_the_old_ones_alone(story: Story) -> None:
    story.says({"partitions": 8}, {"partitions": 16, "before": 8})
    story.heard(PROCESS)
    story.partitions.divide()
    assert set(range(8)) == story.ours


async def test_where_nobody_can_tell_who_lives_it_takes_what_it_can_get(story: Story) -> None:
    story.says({"partitions": 8})
    story.roll.listen(monotonic() - DEAF_AFTER - 1)
    story.partitions.divide()
    assert set(range(8)) == story.ours


async def test_who_ends_takes_part_in_nothing_more(story: Story) -> None:
    assert (ERP.name,) == story.partitions.divides()
    story.partitions.leave()
    assert () == story.partitions.divides()
