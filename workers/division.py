"""The division: which of the living workers has which partition. Pure.

Nobody asks another. Whoever knows the same workers comes to the same division, which is fair within
one. Each worker and each partition like each other more or less, by a hash of their two names; the
best pairs come first, as long as the worker has room. So where one worker comes or goes, most
partitions stay where they are.
"""

from collections.abc import Collection, Mapping
from hashlib import blake2b

Division = Mapping[int, str]
"""By a partition's number, the worker that has it."""


def divide(whole: str, partitions: Collection[int], workers: Collection[str]) -> Division:
    """Divide the partitions of a consumer and topic, by its name, among workers; none has any where
    there are no workers.
    """
    if not workers:
        return {}

    least, left_over = divmod(len(partitions), len(workers))
    has = dict.fromkeys(workers, 0)
    owners: dict[int, str] = {}
    for _, worker, number in _pairs(whole, partitions, workers):
        has_room = has[worker] < least or (has[worker] == least and left_over > 0)
        if number in owners or not has_room:
            continue

        left_over -= has[worker] == least
        has[worker] += 1
        owners[number] = worker
    return owners


def _pairs(
    whole: str, partitions: Collection[int], workers: Collection[str]
) -> list[tuple[int, str, int]]:
    """Return each pair, those that like each other most first."""
    pairs = [
        (_liking(f"{whole}.p{number}", worker), worker, number)
        for worker in workers
        for number in partitions
    ]
    return sorted(pairs, reverse=True)


def _liking(partition: str, worker: str) -> int:
    digest = blake2b(f"{partition} {worker}".encode(), digest_size=8).digest()
    return int.from_bytes(digest)
