"""AsyncAPI of consumers: what the official schema takes, with examples that fit."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from schemas.payloads import PAYLOADS, Payload
from tests.workers.docs.consumers import APP, CONSUMERS, archive, catalogue, erp, gifts, plain
from tests.workers.docs.official import official
from workers import Consumer, Delivery, consumer
from workers.docs.asyncapi import asyncapi

Object = dict[str, Any]


@cache
def all_of_them() -> Object:
    """Return the document; made when a test asks, not by each process that collects tests."""
    return asyncapi(APP, CONSUMERS)


def references(node: Any) -> Iterator[str]:
    """Yield every reference within a document."""
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for one in node.values():
            yield from references(one)
    elif isinstance(node, list):
        for one in node:
            yield from references(one)


def problems(document: Object) -> list[str]:
    """Return what the official schema has against a document."""
    return [f"{one.json_path}: {one.message}" for one in official().iter_errors(document)]


def test_the_official_schema_takes_the_document() -> None:
    assert [] == problems(all_of_them())


def of_model(number: int, topics: list[str], model: type[Payload]) -> Consumer[Any]:
    """Return a consumer that takes topics as their model."""

    async def handler(delivery: Any) -> None: ...

    handler.__annotations__["delivery"] = Delivery[model]  # type: ignore[valid-type]
    return consumer(*topics, name=f"erp{number}")(handler)


def test_every_topic_with_a_model_is_told_with_an_example_that_fits() -> None:
    models = dict.fromkeys(PAYLOADS.values())
    takers = [
        of_model(number, [topic for topic, of in PAYLOADS.items() if of is model], model)
        for number, model in enumerate(models)
    ]
    document = asyncapi(APP, takers)
    assert [] == problems(document)

    whole = Draft202012Validator({"components": document["components"]})
    told = []
    for name, channel in document["channels"].items():
        message = channel["messages"]["webhook"]
        (shown,) = message["examples"]
        told.append(shown["name"])
        payload = whole.evolve(schema=message["payload"])
        assert [] == [one.message for one in payload.iter_errors(shown["payload"])], name
    assert sorted(PAYLOADS) == sorted(told)


def test_the_official_schema_is_one_that_refuses() -> None:
    wrong = all_of_them() | {"channels": {"a": {"adress": "a"}}}
    assert ["$.channels.a"] == [told.partition(":")[0] for told in problems(wrong)]


def test_every_reference_leads_somewhere() -> None:
    found = {*references(all_of_them())}
    assert "#/components/schemas/Order" in found
    for reference in found:
        node: Any = all_of_them()
        for word in reference.removeprefix("#/").split("/"):
            node = node[word]


def test_a_queue_is_a_channel_and_who_takes_from_it_an_operation() -> None:
    name = "spiffy.erp.orders.create"
    channel = all_of_them()["channels"][name]
    assert name == channel["address"] == channel["bindings"]["amqp"]["queue"]["name"]

    operation = all_of_them()["operations"][name]
    assert f"#/channels/{name}" == operation["channel"]["$ref"]
    assert "Book an order." == operation["description"].splitlines()[0]
    told = operation["x-hookline"]
    assert {"consumer": "erp", "concurrency": 4, "timeout": 90.0, "replay": "never"} == {
        name: told[name] for name in ("consumer", "concurrency", "timeout", "replay")
    }
    assert not {"name", "is_async", "handler", "retry"} & told.keys()
    assert told["limits"] is told["max_age"] is told["once"] is None

    limited = all_of_them()["operations"]["spiffy.edits.orders.edited"]["x-hookline"]
    assert ("rate=60/m per_shop=2", 3600.0) == (limited["limits"], limited["max_age"])
    assert "once by id within 2d" == limited["once"]

    queues = {queue.name for one in CONSUMERS for queue in one.queues(APP)}
    assert queues == all_of_them()["channels"].keys() == all_of_them()["operations"].keys()


def test_models_of_the_authors_own_are_told_beside_ours() -> None:
    schemas = all_of_them()["components"]["schemas"]
    assert "gift_for" in schemas["GiftOrder"]["properties"]
    assert "gift_for" not in schemas["Order"]["properties"]
    assert ["barcode"] == schemas["Parcel"]["required"]


def test_what_is_taken_as_a_dict_or_as_bytes_is_told_as_the_topics_model() -> None:
    channels = asyncapi(APP, [plain, archive])["channels"]
    known = channels["spiffy.plain.refunds.create"]["messages"]["webhook"]
    assert {"$ref": "#/components/schemas/Refund"} == known["payload"]

    for name in ("spiffy.plain.comets.create", "spiffy.archive._any._any"):
        unknown = channels[name]["messages"]["webhook"]
        assert "object" == unknown["payload"]["type"]


def test_a_pattern_is_shown_by_one_of_its_topics_and_has_no_type_of_message() -> None:
    message = asyncapi(APP, [catalogue])["channels"]["spiffy.catalogue.products._any"]["messages"]
    (shown,) = message["webhook"]["examples"]
    assert "products/create" == shown["name"]
    assert "products/*" == message["webhook"]["name"]
    assert "messageType" not in message["webhook"]["bindings"]["amqp"]


def test_what_no_schema_can_say_fits_anything() -> None:
    message = all_of_them()["channels"]["spiffy.riddles.riddles.create"]["messages"]["webhook"]
    assert {} == message["payload"]
    assert "examples" not in message


def test_the_order_of_consumers_makes_no_difference() -> None:
    assert asyncapi(APP, [erp, gifts]) == asyncapi(APP, [gifts, erp])
    assert [*asyncapi(APP, [erp, gifts])["channels"]] == [*asyncapi(APP, [gifts, erp])["channels"]]


def test_every_name_under_components_is_one_that_asyncapi_allows() -> None:
    schemas = all_of_them()["components"]["schemas"]
    assert [] == [name for name in schemas if not re.fullmatch(r"[\w.-]+", name)]
