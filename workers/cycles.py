"""Breaking the reference cycles of what a handler raised, so that its webhook's body goes at once.

An error holds its traceback, that the frames, those their variables, and often one of them the
error again. Only the garbage collector would find such a cycle, and it looks seldom: bodies of
megabytes would stay until then.
"""

import inspect
from collections.abc import Iterator
from contextlib import suppress
from types import CodeType, TracebackType

_RESUMABLE = inspect.CO_COROUTINE | inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR


def break_cycles(error: BaseException, root: CodeType) -> None:
    """Take an error's tracebacks away, and the variables from their frames.

    Nobody looks at the error any more.
    `root` is the code of the coroutine that ran the handler. A coroutine's frame is cleared only
    where that one has awaited it, and so it has ended: another's may be suspended, where the error
    is shared, and clearing would end it.
    """
    with suppress(Exception):  # an author's error may have attributes that fail
        for one in _chain(error):
            trace = one.__traceback__
            BaseException.with_traceback(one, None)  # past a __setattr__ that refuses
            _clear(trace, root)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield the error, what it was raised from or during, and what it groups."""
    waiting: list[BaseException | None] = [error]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += (one.__cause__, one.__context__)
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions


def _clear(trace: TracebackType | None, root: CodeType) -> None:
    awaited_by_root = False
    while trace is not None:
        code = trace.tb_frame.f_code
        is_plain = not code.co_flags & _RESUMABLE
        if is_plain or code is root or awaited_by_root:
            with suppress(RuntimeError):  # it still runs
                trace.tb_frame.clear()
        awaited_by_root = code is root
        trace = trace.tb_next
