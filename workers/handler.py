"""What a handler tells by its shape: its name, how it runs, and the payload of its delivery."""

import inspect
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from workers.delivery import Delivery

_ADVICE = "annotate its delivery: Delivery[Order], Delivery[dict] or Delivery[bytes]"
_DEFINE_BEFORE = "import and define it before the handler, and not under TYPE_CHECKING"
_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


class BadHandler(ValueError):
    """A handler cannot be one as it is written; the message says why and how it should be."""


def function_of(handler: Any) -> Callable[..., Any]:
    """Return what a worker calls; raises BadHandler where that cannot handle a delivery."""
    if isinstance(handler, staticmethod):
        handler = handler.__func__
    if isinstance(handler, classmethod):
        raise BadHandler("a class method is no handler; take a function, or a static method")
    if isinstance(handler, type):
        raise BadHandler(
            "a class is no handler; decorate a function, "
            "or give consumer(…) an object that can be called"
        )
    if not callable(handler):
        raise BadHandler(f"a {type(handler).__name__} cannot be called")

    inner = _inner(handler)
    if inspect.isasyncgenfunction(inner) or inspect.isgeneratorfunction(inner):
        raise BadHandler("a handler does not yield")
    return handler  # type: ignore[no-any-return]


def name_of(handler: Any) -> str:
    """Return the name that its author gave it; the empty string where there is none."""
    return str(getattr(_past_partial(handler), "__name__", ""))


def is_async(handler: Callable[..., Any]) -> bool:
    """Tell whether it runs in the event loop; what does not runs in a thread."""
    return inspect.iscoroutinefunction(_inner(handler))


def payload_of(handler: Callable[..., Any]) -> Any:
    """Return the type that its delivery's annotation names; raises BadHandler."""
    try:
        inspect.signature(handler, follow_wrapped=False).bind(None)  # as a worker calls it
        parameters = inspect.signature(handler).parameters.values()
        first = next(iter(parameters))
    except (TypeError, ValueError, StopIteration) as error:
        raise BadHandler(
            f"a worker calls it with its delivery alone, by position ({error}); "
            f"give what else it takes a default, and {_ADVICE}"
        ) from error
    except NameError as error:  # from Python 3.14 on, annotations are looked at only now
        raise BadHandler(f"{_ADVICE} ({_unknown(error)})") from error

    if first.kind not in _POSITIONAL:
        raise BadHandler(f"its first argument {str(first)!r} is not one delivery; {_ADVICE}")
    return _payload(_hint(handler, first))


def bare(hint: Any) -> Any:
    """Return what is annotated, without its annotations."""
    if get_origin(hint) is Annotated:
        return get_args(hint)[0]
    return hint


def _hint(handler: Callable[..., Any], parameter: inspect.Parameter) -> Any:
    """Return the parameter's annotation, read where it is a string.

    Only this parameter's: what the others' annotations say is not looked at.
    """
    if parameter.annotation is inspect.Parameter.empty:
        raise BadHandler(_ADVICE)

    def probe() -> None: ...

    probe.__annotations__ = {"delivery": parameter.annotation}
    names = _names_around(handler)
    try:
        hints = get_type_hints(probe, globalns=names, include_extras=True)
        return bare(hints["delivery"])
    except NameError as error:
        raise BadHandler(f"{_ADVICE} ({_unknown(error)})") from error
    except (TypeError, SyntaxError, AttributeError) as error:
        raise BadHandler(f"{_ADVICE} ({type(error).__name__}: {error})") from error


def _names_around(handler: Callable[..., Any]) -> dict[str, Any]:
    """Return what its annotations may name: what stands in the module that it was written in."""
    written = inspect.unwrap(_past_partial(handler))
    names: dict[str, Any] = getattr(written, "__globals__", {})
    if names:
        return names

    inner = _inner(handler)
    return getattr(inner, "__globals__", {})


def _payload(hint: Any) -> Any:
    if hint is Delivery:
        raise BadHandler(f"Delivery alone does not say of what; {_ADVICE}")
    if any(get_origin(bare(one)) is Delivery for one in get_args(hint)):
        raise BadHandler(
            f"its delivery is always there, and of one type, so {_ADVICE}, not a union"
        )
    if get_origin(hint) is not Delivery:
        raise BadHandler(_ADVICE)
    (payload,) = get_args(hint)
    return payload


def _inner(handler: Any) -> Any:
    """Return the function in which a handler's code stands.

    That is behind partial, and behind an object that can be called.
    """
    handler = _past_partial(handler)
    if inspect.isroutine(handler):
        return handler
    return type(handler).__call__


def _past_partial(handler: Any) -> Any:
    while isinstance(handler, partial):
        handler = handler.func
    return handler


def _unknown(error: NameError) -> str:
    kind = type(error).__name__
    return f"{kind}: {error}; {_DEFINE_BEFORE}"
