"""What is raised of an option that cannot be."""


class BadOption(ValueError):
    """An option of a consumer cannot be; the message says how it should be."""
