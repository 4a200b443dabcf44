"""The metrics of several processes, shown as one page."""

from runtime.joined import joined

ONE = '# HELP a_total An a.\n# TYPE a_total counter\na_total{app="x"} 1.0\n# HELP b A b.\n# TYPE b gauge\nb 2.0\n'
TWO = '# HELP a_total An a.\n# TYPE a_total counter\na_total{app="x"} 3.0\n'


def test_the_samples_of_a_family_stand_together_each_with_its_process() -> None:
    assert joined({1: ONE, 2: TWO}) == (
        "# HELP a_total An a.\n# TYPE a_total counter\n"
        'a_total{process="1",app="x"} 1.0\na_total{process="2",app="x"} 3.0\n'
        '# HELP b A b.\n# TYPE b gauge\nb{process="1"} 2.0\n'
    )


def test_a_process_that_gives_no_answer_adds_nothing() -> None:
    assert joined({1: TWO, 2: "# no answer: TimeoutError"}) == joined({1: TWO})
