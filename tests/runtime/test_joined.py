"""The metrics of several processes, shown as one page."""

from runtime.joined import joined_pages

ONE = """\
# HELP a_total An a.
# TYPE a_total counter
a_total{app="x"} 1.0
# HELP b A b.
# TYPE b gauge
b 2.0
"""
TWO = """\
# HELP a_total An a.
# TYPE a_total counter
a_total{app="x"} 3.0
"""
BOTH = """\
# HELP a_total An a.
# TYPE a_total counter
a_total{process="1",app="x"} 1.0
a_total{process="2",app="x"} 3.0
# HELP b A b.
# TYPE b gauge
b{process="1"} 2.0
"""


def test_the_samples_of_a_family_stand_together_each_with_its_process() -> None:
    assert BOTH == joined_pages({1: ONE, 2: TWO})


def test_a_process_that_gives_no_answer_adds_nothing() -> None:
    assert joined_pages({1: TWO}) == joined_pages({1: TWO, 2: "# no answer: TimeoutError"})


def test_a_family_without_samples_is_left_out() -> None:
    assert "" == joined_pages({1: "# HELP a_total An a.\n# TYPE a_total counter\n"})


def test_a_label_with_blanks_and_braces_stays_as_it_is() -> None:
    page = '# HELP a An a.\na{text="x {y} z"} 1.0\n'
    assert '# HELP a An a.\na{process="1",text="x {y} z"} 1.0\n' == joined_pages({1: page})


def test_samples_with_and_without_labels_in_one_family_get_theirs_each() -> None:
    page = '# HELP a An a.\n# TYPE a histogram\na_bucket{le="{1}"} 1.0\na_count 1.0\na_sum 3.0\n'
    assert (
        "# HELP a An a.\n# TYPE a histogram\n"
        'a_bucket{process="7",le="{1}"} 1.0\na_count{process="7"} 1.0\na_sum{process="7"} 3.0\n'
    ) == joined_pages({7: page})
