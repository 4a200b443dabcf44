"""The pages as templates: whatever is put into one is shown as text, and obeyed by nothing.

Every value is escaped for HTML, and before that for people: control characters, marks that turn the
direction of writing and what nobody sees are written out, as in all that we print.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from schemas.printable import printable_block
from workers.console import presentation
from workers.console.filter_box import write_box
from workers.console.problem_pages import page_of
from workers.console.shown_size import fitted

FOLDER = Path(__file__).parent / "pages"
_FILTERS = {
    "number": presentation.number,
    "span": presentation.span,
    "ago": presentation.ago,
    "moment": presentation.moment,
    "machine_time": presentation.machine_time,
    "plural": presentation.plural,
    "listed": presentation.listed,
    "short": presentation.short,
    "fitted": fitted,
}


class Templates:
    """Makes pages; `shared` is what every one of them is given."""

    def __init__(self, **shared: Any) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(FOLDER),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            finalize=shown,
            auto_reload=False,
        )
        self._environment.filters.update(_FILTERS)
        self._environment.globals.update(shared)
        self._environment.globals.update(
            query=presentation.query, box_text=write_box, page_of=page_of
        )

    def render(self, name: str, context: Mapping[str, Any]) -> Markup:
        """Return a page, or a part of one."""
        made = self._environment.get_template(name).render(context)
        return Markup(made)  # noqa: S704 - of a template, which has escaped whatever was put in


def shown(value: Any) -> Any:
    """Return a value as it is put into a page; what is HTML already is left as it is."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return printable_block(value)
    return value
