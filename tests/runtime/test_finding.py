"""What a check finds, and how it ends."""

from yarl import URL

from runtime.finding import Finding, Findings
from runtime.missing_permissions import findings_of_permissions
from schemas.roles import Role

WRONG = Finding("the secret is short", "make a new one")
ADVICE = Finding("the version is old", "update", is_wrong=False)


def test_advice_fails_no_check_and_what_is_wrong_does() -> None:
    found = Findings()
    codes = [found.exit_code]
    for finding in (ADVICE, WRONG):
        found.add([finding])
        codes.append(found.exit_code)
    assert [0, 0, 1] == codes


def test_each_finding_is_one_line_what_is_wrong_first() -> None:
    found = Findings()
    found.add([ADVICE, WRONG])
    found.add([ADVICE])
    assert [
        "wrong: the secret is short; make a new one",
        "advice: the version is old; update",
    ] == found.lines()


def test_what_is_permitted_is_no_finding() -> None:
    assert [] == findings_of_permissions(URL("amqp://u:p@host/"), "spiffy", Role.INGRESS, [])


def test_what_is_refused_names_the_user_and_what_its_role_needs_and_no_password() -> None:
    url = URL("amqp://taker:pa55word@host/shops")
    refused = ["publish to spiffy.webhooks"]
    (finding,) = findings_of_permissions(url, "spiffy", Role.INGRESS, refused)
    line = str(finding)
    assert "user taker may not publish to spiffy.webhooks on virtual host shops" in line
    assert r"write '^spiffy\.(webhooks|in|pulse)$'" in line
    assert "pa55word" not in line
    assert finding.is_wrong


def test_who_logs_in_by_certificate_has_no_name_here() -> None:
    url = URL("amqps://host/?auth=external")
    (finding,) = findings_of_permissions(url, "spiffy", Role.WORKER, ["read from spiffy.control"])
    assert "our user may not read from spiffy.control on virtual host /" in finding.told
