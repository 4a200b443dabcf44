"""Whatever stands on a work queue, its worker lives, and each message is handled or a dead letter:
none is lost.
"""

from collections import Counter
from struct import pack

from aio_pika.abc import AbstractIncomingMessage
from hypothesis import given
from hypothesis import strategies as st

from runtime.amqp.link import connected
from schemas import headers as webhook_headers
from tests.drawing import always_the_same
from tests.system.processes import worker
from tests.system.record import Record
from tests.system.samples import Raw
from tests.system.waiting import until


def short(raw: bytes) -> bytes:
    """Write a short string."""
    return bytes([len(raw)]) + raw


def long(raw: bytes) -> bytes:
    """Write a long string, a table or an array."""
    return pack(">I", len(raw)) + raw


def field(name: str, value: bytes) -> bytes:
    """Write a header."""
    return short(name.encode()) + value


(
    CONTENT_TYPE,
    ENCODING,
    HEADERS,
    MODE,
    PRIORITY,
    CORRELATION,
    REPLY_TO,
    EXPIRATION,
    ID,
    TIMESTAMP,
    TYPE,
    _,
    APP,
) = (1 << bit for bit in range(15, 2, -1))


def properties(values: dict[int, bytes]) -> bytes:
    """Write properties, by their flags."""
    return pack(">H", sum(values)) + b"".join(values[flag] for flag in sorted(values, reverse=True))


WIDTHS = {
    "V": 0,
    "t": 1,
    "b": 1,
    "B": 1,
    "s": 2,
    "u": 2,
    "I": 4,
    "i": 4,
    "f": 4,
    "D": 5,
    "l": 8,
    "d": 8,
    "T": 8,
}
TEXT = st.binary(max_size=30) | st.text(max_size=8).map(str.encode)
SCALARS = st.sampled_from(sorted(WIDTHS)).flatmap(
    lambda kind: st.binary(min_size=WIDTHS[kind], max_size=WIDTHS[kind]).map(
        lambda raw: kind.encode() + raw
    )
) | st.builds(lambda kind, raw: kind + long(raw), st.sampled_from([b"S", b"x"]), TEXT)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda some: b"A" + long(b"".join(some)))
        | st.lists(st.builds(field, st.text(max_size=5), inner), max_size=3).map(
            lambda some: b"F" + long(b"".join(some))
        )
    ),
    max_leaves=6,
)
OURS = [
    webhook_headers.ID,
    webhook_headers.SHOP,
    webhook_headers.RECEIVED,
    webhook_headers.SECRET,
    webhook_headers.ATTEMPT,
    webhook_headers.FIRST,
    "http-x",
    "",
    "日本",
]
FIELDS = st.builds(field, st.sampled_from(OURS), VALUES) | st.builds(
    lambda raw: short(raw) + b"V", TEXT
)
WEBHOOK = {
    CONTENT_TYPE: short(b"application/json"),
    HEADERS: field(webhook_headers.ID, b"S" + long(b"1"))
    + field(webhook_headers.SHOP, b"S" + long(b"shop"))
    + field(webhook_headers.RECEIVED, b"l" + pack(">q", 1_700_000_000_000)),
    TYPE: short(b"orders/create"),
    APP: short(b"any"),
}
PROPERTIES = st.fixed_dictionaries(
    {},
    optional={
        HEADERS: st.lists(FIELDS, max_size=6).map(b"".join),
        MODE: st.sampled_from([b"\1", b"\2"]),
        PRIORITY: st.binary(min_size=1, max_size=1),
        EXPIRATION: st.sampled_from([b"0", b"1", b"60000"]).map(short),
        TIMESTAMP: st.binary(min_size=8, max_size=8),
        **dict.fromkeys(
            [CONTENT_TYPE, ENCODING, CORRELATION, REPLY_TO, ID, TYPE, APP], TEXT.map(short)
        ),
    },
)


def mixed(drawn: dict[int, bytes], base: dict[int, bytes]) -> bytes:
    """Write properties over those of a webhook, or of nothing; headers beside the webhook's."""
    both = base | drawn
    if HEADERS in both:
        both[HEADERS] = long(base.get(HEADERS, b"") + drawn.get(HEADERS, b""))
    return properties(both)


def nested(depth: int) -> bytes:
    """Write tables in tables."""
    inner = b""
    for _ in range(depth):
        inner = field("a", b"F" + long(inner))
    return inner


KNOWN = [
    {HEADERS: field("a", b"T" + b"\xff" * 8)},
    {HEADERS: b"\1\xffV"},
    {HEADERS: nested(2000)},
    {HEADERS: b"".join(field(f"h{number}", b"S" + long(b"x" * 1000)) for number in range(100))},
    {HEADERS: b"".join(field(chr(0x4E00 + number), b"b\1") for number in range(21_800))},
    {HEADERS: field(webhook_headers.DUE, b"l" + pack(">q", 2**63 - 1))},
    {HEADERS: field(webhook_headers.CRASHES, b"l" + pack(">q", 2))},
    # Not on what expires: 3.10's own dead-lettering crashes on it, and stops for the whole node.
    {HEADERS: field("x-death", b"t\1")},
    {CONTENT_TYPE: b"\2\xff\xff"},
    {TIMESTAMP: b"\xff" * 8},
    {PRIORITY: b"\xff", ENCODING: short(b"brotli")},
    {},
]
"""Each of these took the link down, went round for ever, or is larger than what Hypothesis draws.
"""


def messages(count: int) -> list[tuple[bytes, bytes]]:
    """Draw messages, properties and body: always the same ones."""
    drawn = [(mixed(one, {}), b"known %d" % number) for number, one in enumerate(KNOWN)]

    @always_the_same(count)
    @given(st.builds(mixed, PROPERTIES, st.sampled_from([{}, WEBHOOK])), st.binary(max_size=50))
    def draw(raw: bytes, body: bytes) -> None:
        drawn.append((raw, body))

    draw()
    return [*drawn, (mixed({}, WEBHOOK), b"alive")]


async def test_any_message_is_handled_or_a_malformed_dead_letter(
    url: str, app: str, record: Record
) -> None:
    sent = messages(300)
    letters = list[AbstractIncomingMessage]()
    async with (
        worker(url, "--consumer", "taker", APP=app) as workers,
        connected([url], "test") as connection,
    ):
        channel = await connection.channel()
        publisher = await channel.get_underlay_channel()
        dead = await channel.get_queue(f"{app}.dead.taker.orders.create", ensure=False)

        async def all_there() -> bool:
            while letter := await dead.get(fail=False, no_ack=True):
                letters.append(letter)
            return len(letters) + len(record.lines()) >= len(sent)

        for raw, body in sent:
            await publisher.basic_publish(
                body, routing_key=f"{app}.taker.orders.create", properties=Raw(raw)
            )
        await until(all_there, 60, "every message handled or dead")
        handled = [bytes.fromhex(line["body"]) for line in record.lines()]
        assert Counter(body for _, body in sent) == Counter(
            [letter.body for letter in letters] + handled
        )
        assert 1 < len(handled) < len(letters), "both kinds were drawn"
        reasons = {letter.headers.get("webhook-reason") for letter in letters}
        assert {"malformed"} == reasons - {
            None
        }  # None: it expired before the worker had it, so the letter is the broker's
        assert b"alive" in handled
        assert {"publish": 1, "consume": 1} == Counter(
            event["role"] for event in workers.events("broker.connected")
        )
        assert [] == [
            event for event in workers.logs if event["event"] in ("broker.lost", "delivery.broken")
        ]
        assert await workers.stop() == 0
