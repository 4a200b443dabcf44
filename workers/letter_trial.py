"""A dead letter as a test of its consumer: its body, masked, and what it died of. Pure."""

import ast
import json
import re
from collections.abc import Iterator
from keyword import iskeyword
from pathlib import PurePath
from string import Template
from typing import Any

from schemas.body import decode
from schemas.printable import printable
from workers.console.masking import MASKED, Masking
from workers.letter import Letter

MASKED_TEXT = "masked"
"""Stands in place of a text that is masked; a number is 0."""
MASKED_EMAIL = "masked@shop.example"
MOST_ERROR = 80
"""Characters of an error that a comment shows."""
_FRAME = re.compile(r'^  File "(.+)", line \d+, in ', re.MULTILINE)
_OTHERS = re.compile(r"[^a-z0-9]+")
_TEST = Template('''\
"""What became a dead letter: $reason in $consumer. Its body, masked, is beside this file."""

import asyncio
from pathlib import Path

from $module import $function
from workers.testing import Done, deliver, webhook

BODY = Path(__file__).with_name("$file").read_bytes()


def test_what_${function}_gave_up_on_is_done() -> None:
    # It died of: $error
    dead = webhook($topic, BODY)
    outcome = asyncio.run(deliver($function, dead))
    assert outcome == Done()
''')


def body_name(letter: Letter) -> str:
    """Return what the file with its body is called."""
    return f"letter_{_word(letter.id)[-24:]}.json"


def trial_source(letter: Letter, module: str, function: str = "") -> str:
    """Return the test; `module` holds the consumer, by default as a function of its name."""
    return _TEST.substitute(
        reason=letter.reason,
        consumer=letter.consumer,
        module=module,
        function=function or function_called(letter.consumer),
        file=body_name(letter),
        topic=json.dumps(letter.topic),  # whoever may publish has written it
        error=_comment(letter.error),
    )


def masked_body(body: bytes, content_type: str) -> bytes:
    """Return a body as JSON, without what is not for everybody's eyes; raises Undecodable.

    XML becomes what it means: the same to a consumer.
    """
    plain = decode(body, content_type)
    masking = Masking(MASKED)
    shown = _masked(plain, masking, is_hidden=False)
    text = json.dumps(shown, default=str, ensure_ascii=False, indent=2)
    return f"{text}\n".encode()


def modules_in(traceback: str) -> Iterator[str]:
    """Yield what the files of a traceback may be called as modules, the likeliest first.

    The handler's stands before what it calls; of `/srv/shop/consumers.py` the module may be
    `shop.consumers`, and others are named by fewer or more of its folders.
    """
    for path in _FRAME.findall(traceback):
        *folders, file = PurePath(path).parts
        words = [PurePath(file).stem]
        named = [".".join(words)]
        for folder in reversed(folders):
            if not folder.isidentifier():
                break
            words.insert(0, folder)
            named.append(".".join(words))
        yield from reversed(named)


def function_called(consumer: str) -> str:
    """Return what a consumer's function is called, for all that its name tells."""
    word = _word(consumer)
    return f"{word}_" if iskeyword(word) else word


def function_in(source: str, consumer: str) -> str:
    """Return which function of a module is the consumer; the empty text where none is to be seen.

    The module is read, and nothing of it runs.
    """
    try:
        module = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return ""

    for node in module.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names = [_name_given(decorator, node.name) for decorator in node.decorator_list]
            if consumer in names:
                return node.name
    return ""


def _name_given(decorator: ast.expr, default: str) -> str:
    """Return the `name=` of `@consumer("orders/create", name="erp")`."""
    if not isinstance(decorator, ast.Call):
        return ""
    for keyword in decorator.keywords:
        if keyword.arg == "name" and isinstance(keyword.value, ast.Constant):
            return str(keyword.value.value)
    return default


def _word(text: str) -> str:
    """Return a text as a part of a name in Python."""
    return _OTHERS.sub("_", text.lower()).strip("_")


def _comment(text: str) -> str:
    """Return an error as it may stand in a comment, without e-mail addresses."""
    masking = Masking(MASKED)
    return printable(masking.text(text))[:MOST_ERROR]


def _masked(value: Any, masking: Masking, *, is_hidden: bool) -> Any:
    """Return a value without what is to be masked: of the same type, and as empty as it was."""
    match value:
        case dict():
            return {
                key: _masked(one, masking, is_hidden=is_hidden or masking.hides(str(key)))
                for key, one in value.items()
            }
        case list():
            return [_masked(one, masking, is_hidden=is_hidden) for one in value]
        case str() if not is_hidden:
            return masking.text(value)
        case _ if is_hidden:
            return _hidden(value)
        case _:
            return value


def _hidden(value: Any) -> Any:
    match value:
        case str() if "@" in value:
            return MASKED_EMAIL
        case str() if value:
            return MASKED_TEXT
        case int() | float() if not isinstance(value, bool):
            return 0
        case _ if isinstance(value, str | bool | None):
            return value
        case _:
            return MASKED_TEXT
