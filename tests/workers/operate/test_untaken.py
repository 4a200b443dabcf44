"""Topics that no consumer takes."""

from schemas.fleet import Fleet, Heard
from schemas.names import WorkQueue
from schemas.pulse import Beat, DoorBeat, Role
from workers.operate.untaken import topics_without_queue

NOW = 1_764_000_000_000
ERP = WorkQueue("app", "erp", "orders._any")


def test_topics_that_are_accepted_and_taken_by_no_queue_are_named() -> None:
    door = DoorBeat(topics={"orders/create": 1, "carts/update": 2, "strange": 3, "a/b": 1})
    beat = Beat(NOW, "one", Role.INGRESS, door=door)
    seen = Fleet(ingresses=(Heard(beat, beat),))
    assert ("a/b", "carts/update") == topics_without_queue(seen, [ERP])
