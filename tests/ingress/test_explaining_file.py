"""What a file holds of a captured request. The traces were written by curl 7.88.1."""

import pytest

from ingress.explaining import file

HEADERS = (("Host", "localhost:8080"), ("X-Spiffy-Hmac-Sha256", "abc="))
BODY = b'{"id": 1}\n'
HEAD = (
    b"POST /webhooks/spiffy?a=b HTTP/1.1\r\nHost: localhost:8080\r\nX-Spiffy-Hmac-Sha256: abc=\r\n"
)


@pytest.mark.parametrize(
    "content", [b"", BODY, b"POST it\n\nx", b"\x00\xff", b"id=1&POST=/ HTTP/1.1"]
)
def test_what_does_not_begin_as_a_request_is_a_body(content: bytes) -> None:
    assert file.Whole(content) == file.read(content)


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_a_whole_request_has_headers_query_and_the_very_bytes_of_its_body(end: bytes) -> None:
    content = HEAD.replace(b"\r\n", end) + end + BODY
    assert file.Whole(BODY, HEADERS, "a=b") == file.read(content)


def test_a_request_that_ends_with_its_headers_has_an_empty_body() -> None:
    assert file.Whole(b"", HEADERS, "a=b") == file.read(HEAD)


ASCII = b"""== Info:   Trying 127.0.0.1:8080...
== Info: Connected to localhost (127.0.0.1) port 8080 (#0)
=> Send header, 92 bytes (0x5c)
0000: POST /webhooks/spiffy?a=b HTTP/1.1
0024: Host: localhost:8080
003a: X-Spiffy-Hmac-Sha256: abc=
0056:\x20
=> Send data, 70 bytes (0x46)
0000: {"id": 1, "note": "0123456789012345678901234567890123456789012345
0040: 6789"}
== Info: upload completely sent off: 70 bytes
<= Recv header, 17 bytes (0x11)
0000: HTTP/1.1 200 OK
<= Recv data, 2 bytes (0x2)
0000: {}
"""


def test_a_trace_in_text_is_put_together_again() -> None:
    whole = file.read(ASCII)
    assert (HEADERS, "a=b", "") == (whole.headers, whole.query, whole.note)
    assert b'{"id": 1, "note": "' in whole.body
    assert whole.body.endswith(b'6789"}')
    assert b"\r\n" not in whole.body


LINES = b"""=> Send header, 37 bytes (0x25)
0000: POST / HTTP/1.1
0011: Host: localhost:8080
=> Send data, 9 bytes (0x9)
0000: {"a"
0006: :1}
"""


def test_a_line_end_of_windows_that_a_trace_in_text_leaves_out_is_put_back() -> None:
    trace = LINES.replace(b"9 bytes (0x9)", b"11 bytes (0xb)")
    assert b'{"a"\r\n:1}\r\n' == file.read(trace).body


def test_a_trace_that_shows_bytes_as_dots_says_what_to_do() -> None:
    dotted = LINES.replace(b":1}", b":1}.")
    assert file.LOSSY == file.read(dotted).note


HEX = b"""=> Send header, 40 bytes (0x28)
0000: 50 4f 53 54 20 2f 20 48 54 54 50 2f 31 2e 31 0d POST / HTTP/1.1.
0010: 0a 48 6f 73 74 3a 20 6c 6f 63 61 6c 68 6f 73 74 .Host: localhost
0020: 3a 38 30 38 30 0d 0a 0d 0a                      :8080....
=> Send data, 11 bytes (0xb)
0000: 7b 22 69 64 22 3a 20 c3 a9 7d 0a                {"id": ..}.
"""


def test_a_trace_in_hex_has_every_byte() -> None:
    whole = file.read(HEX)
    assert ('{"id": é}\n'.encode(), (HEADERS[0],), "") == (whole.body, whole.headers, whole.note)


def test_of_several_requests_in_a_trace_the_last_one_counts() -> None:
    whole = file.read(ASCII + LINES)
    assert (b'{"a"\r\n:1}', (HEADERS[0],)) == (whole.body, whole.headers)
