"""What pages that show a report of findings need: its template and its style sheet.

A page includes ``report.html`` with ``report`` set to a
:class:`~mieco.present.reports.Page`, and links ``url_for('report.static', filename='report.css')``.
"""

from __future__ import annotations

from flask import Blueprint

from mieco.present.reports import FOLDER

blueprint = Blueprint(
    "report",
    __name__,
    template_folder=str(FOLDER),
    static_folder=str(FOLDER / "static"),
    static_url_path="/static/report",
)
