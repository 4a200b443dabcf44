"""A dead letter as a test: what stands in it, and what no longer stands in its body."""

import ast
import json
from typing import Any

import pytest

from schemas.body import decode
from schemas.dead_letter import DeadLetter, Reason
from schemas.names import WorkQueue
from schemas.properties import ReceivedProperties
from schemas.topic import TopicPattern
from schemas.undecodable import Undecodable
from workers.letter import Letter, Source
from workers.letter_trial import (
    body_name,
    function_called,
    function_in,
    masked_body,
    modules_in,
    trial_source,
)

TRACEBACK = """Traceback (most recent call last):
  File "/srv/my-app/shop/consumers.py", line 7, in erp
    book(delivery.payload)
  File "/srv/my-app/shop/booking.py", line 3, in book
KeyError: 'tax'
"""


CONSUMERS = """
from workers import consumer

@consumer("orders/create")
async def erp(delivery):
    pass

@traced
@consumer("orders/create", name="erp-2")
def second(delivery):
    pass

def third(delivery):
    pass
"""


def letter(error: str = "KeyError: 'tax'", topic: str = "orders/create") -> Letter:
    """Return a dead letter."""
    died = DeadLetter("erp-1", Reason.EXHAUSTED, 3, 1_700_000_000_000, error)
    headers = {"webhook-id": "018f-AB/../c", "webhook-shop": "a.example"} | died.headers()
    queue = WorkQueue.of("one", "erp-1", TopicPattern.parse("orders/create"))
    return Letter.of(Source.dead(queue), ReceivedProperties(type=topic, headers=headers))


@pytest.mark.parametrize("error", ["KeyError: 'tax'", 'x\n"""\nimport os', "a@b.example " * 30])
def test_it_is_python_whatever_the_error_was_and_names_no_address(error: str) -> None:
    source = trial_source(letter(error), "shop.consumers")
    (function,) = (node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef))
    assert "test_what_erp_1_gave_up_on_is_done" == function.name
    assert "from shop.consumers import erp_1\n" in source
    assert 'webhook("orders/create", BODY)' in source
    assert "b.example" not in source


@pytest.mark.parametrize("topic", ['x", BODY); print(1', "a\nb", "\\", "\u202e", "é/\U0001f600"])
def test_whoever_may_publish_writes_no_python_into_it(topic: str) -> None:
    def shape(source: str) -> list[str]:
        return [type(node).__name__ for node in ast.walk(ast.parse(source))]

    source = trial_source(letter(topic=topic), "shop.consumers")
    assert shape(trial_source(letter(), "shop.consumers")) == shape(source)
    assert source.isascii()


@pytest.mark.parametrize(
    ("consumer", "function"), [("erp", "erp"), ("erp-2", "second"), ("third", ""), ("second", "")]
)
def test_the_function_is_found_whatever_the_consumer_is_called(
    consumer: str, function: str
) -> None:
    assert function == function_in(CONSUMERS, consumer)


@pytest.mark.parametrize("source", ["def f(:", "\0", "(" * 100_000])
def test_what_is_no_python_has_no_function(source: str) -> None:
    assert "" == function_in(source, "erp")


def test_a_name_that_is_a_word_of_python_makes_no_test_that_cannot_be_read() -> None:
    assert "class_" == function_called("class")
    assert "erp_1" == function_called("erp-1")


def test_its_body_is_in_a_file_whose_name_leads_nowhere_else() -> None:
    assert "letter_018f_ab_c.json" == body_name(letter())
    assert '"letter_018f_ab_c.json"' in trial_source(letter(), "x")


def test_what_is_not_for_everybodys_eyes_is_masked_and_keeps_its_type() -> None:
    body = {
        "id": 7,
        "email": "ann@shop.example",
        "note": "write to ann@shop.example",
        "total_price": "12.00",
        "customer": {"first_name": "Ann", "phone": "", "orders_count": 2},
        "billing_address": {"zip": 6000, "lines": ["1 High St", None], "default": True},
    }
    assert {
        "id": 7,
        "email": "masked@shop.example",
        "note": "write to •••",
        "total_price": "12.00",
        "customer": {"first_name": "masked", "phone": "", "orders_count": 2},
        "billing_address": {"zip": 0, "lines": ["masked", None], "default": True},
    } == json.loads(masked_body(json.dumps(body).encode(), "application/json"))


def test_a_number_is_kept_however_many_digits_it_has() -> None:
    digits = "9" * 4_000
    body = f'{{"id": {digits}, "total": 1e999}}'.encode()
    masked = masked_body(body, "application/json")
    assert {"id": int(digits), "total": "1e999"} == json.loads(masked)


def test_xml_becomes_the_json_that_means_the_same() -> None:
    xml = b'<order><id type="integer">7</id><note>x</note></order>'
    plain: Any = decode(xml, "application/xml")
    assert plain == json.loads(masked_body(xml, "application/xml"))


def test_what_nobody_can_read_is_not_written() -> None:
    with pytest.raises(Undecodable):
        masked_body(b"\xff", "application/json")


def test_the_handlers_module_is_looked_for_by_the_traceback() -> None:
    names = list(modules_in(TRACEBACK))
    assert ["shop.consumers", "consumers", "shop.booking", "booking"] == names
    assert [] == list(modules_in("no traceback"))
