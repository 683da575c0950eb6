"""Texts from templates: where these are looked for, and what is said of their faults.

A site's own template may extend one of this program's and replace some of its blocks. Must not know
what the texts are for.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

import jinja2

from spack.errors import Origin, SpackError
from spack.type_names import Any


class TemplateError(SpackError):
    """A template does not exist, or cannot be filled in."""


#: Folder of the templates of this program.
OWN_FOLDER = os.path.abspath(
    os.path.join(__file__, *[os.pardir] * 6, "share", "spack", "templates")
)


class Templates:
    """The templates of some folders; the first that has one wins.

    Args:
        folders: absolute paths.
        filters: functions that templates can call by name.
    """

    def __init__(self, folders: Sequence[str], filters: Mapping[str, Any]) -> None:
        self.folders = tuple(folders)
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(list(folders)),
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.filters.update(filters)
        self._loaded: dict[str, jinja2.Template] = {}

    def fill(self, name: str, context: Mapping[str, Any], origin: Origin | None = None) -> str:
        """The text of a template.

        Raises:
            TemplateError: it does not exist, or something in it is wrong.
        """
        try:
            template = self._loaded.get(name)
            if template is None:
                template = self._loaded[name] = self._environment.get_template(name)
            return template.render(context)
        except jinja2.TemplateNotFound as error:
            raise TemplateError(
                f"there is no template {error.name}",
                origin=origin,
                details="\n".join(f"    looked for in {folder}" for folder in self.folders),
                hint="put it there, or add its folder to config:template_dirs",
            ) from error
        except jinja2.TemplateSyntaxError as error:
            place = Origin(error.filename or error.name or name, error.lineno)
            raise TemplateError(error.message or "syntax error", origin=place) from error
        except Exception as error:  # Whatever the expressions of a template do.
            raise TemplateError(
                f"the template {name} cannot be filled in: {type(error).__name__}: {error}",
                origin=_place(error) or origin,
            ) from error


def _place(error: Exception) -> Origin | None:
    """The line of the template that an error comes from."""
    found = None
    trace = error.__traceback__
    while trace is not None:
        if "__jinja_template__" in trace.tb_frame.f_globals:
            found = Origin(trace.tb_frame.f_code.co_filename, trace.tb_lineno)
        trace = trace.tb_next
    return found
