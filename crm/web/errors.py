"""What a person sees when something could not be shown."""

from __future__ import annotations

from flask import Response, g, make_response, render_template
from flask_babel import gettext as _

from crm.gate.refusals import Refusal
from crm.web.assets_manifest import AssetsMissingError


def _words(status: int) -> tuple[str, str]:
    known = {
        400: (_("That could not be read"), _("The form is too old, or the address is damaged. Go back and try again.")),
        403: (_("Not for your role"), _("Your role does not open this. Ask your supervisor if you need it.")),
        404: (_("Nothing here"), _("There is no such page, or none that you may see.")),
        405: (_("That could not be read"), _("This address cannot be used in that way.")),
        409: (_("Somebody was first"), _("It was changed meanwhile. Look again, then decide.")),
        413: (_("Too large"), _("What was sent is larger than we take.")),
        422: (_("That does not fit"), _("A value is not one that can be used here.")),
        429: (_("Too many tries"), _("Wait a quarter of an hour, then try again.")),
        503: (_("Not just now"), _("The database does not answer. Calls are still taken; try again in a moment.")),
    }
    ours = (_("Our mistake"), _("Something went wrong on our side. It was written down; please try again."))
    return known.get(status, ours)


def error_page(refusal: Refusal) -> Response:
    """A page that says what happened and where to go on."""
    g.broken = refusal.status >= 500  # then the database, and so who is logged in, may be what is missing
    heading, text = _words(refusal.status)
    template = "broken.html" if g.broken else "error.html"
    response = make_response(
        render_template(template, status=refusal.status, heading=heading, text=text), refusal.status
    )
    response.headers.extend(refusal.headers)
    return response


def assets_missing(error: AssetsMissingError) -> Response:
    """Plain words, since nothing else is there to show them with."""
    return Response(f"{error}\n", 503, content_type="text/plain; charset=utf-8")
