"""What a request's body holds, and until when."""

from ingress.gate import Body, Gate


def test_a_body_that_is_decided_holds_no_byte_room_or_place_though_somebody_still_holds_it() -> (
    None
):
    gate = Gate()
    body = Body(gate)
    body.take(b"{")
    body.take(b"}")
    body.keep()
    assert (1, 2, b"{}") == (gate.storing, gate.held, body.whole())
    body.leave()
    assert (0, 0, b"") == (gate.storing, gate.held, body.whole())
