"""Documents of tickets, to be read: letters, forms. Opening one is written down."""

from __future__ import annotations

from flask import Blueprint, Response

from crm.gate.deps import deps
from crm.gate.guard import actor
from crm.services import documents as service
from crm.web.pdf_answers import stored

documents = Blueprint("documents", __name__, url_prefix="/documents")


@documents.get("/<document_id>")
def show(document_id: str) -> Response:
    """One document."""
    with deps().database.write() as session:
        view, opened = service.open_document(session, deps().store, actor(), document_id, now=deps().now())
    return stored(opened, view.media_type, view.file_name)
