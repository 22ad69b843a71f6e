"""The HTTP service: Flask, one module per resource.  Views translate; they do not know how."""

from __future__ import annotations

from functools import partial

from flask import Flask, Response

from mieco.engine.current import CurrentEngine
from mieco.search.finders import Finders
from mieco.settings import Settings
from mieco.web import (
    admin,
    body,
    catalogue,
    changes,
    compare,
    completion,
    compression,
    conformance,
    cross_origin,
    downloads,
    gate,
    graph_store,
    health,
    home,
    import_changes,
    imports,
    json_ld,
    language_path,
    links,
    maps,
    members,
    metrics,
    ontology,
    openapi,
    place,
    problems,
    provinces,
    question,
    questions,
    reader,
    readiness,
    readiness_overview,
    reading,
    reconcile,
    reconcile_page,
    record_matrix,
    release,
    reports,
    search,
    shapes,
    sign_in,
    sitemap,
    snapshots,
    sparql,
    term_pages,
    things,
    update,
    why,
    workbook_template,
)
from mieco.web.content_security import (
    HTTPS_HEADERS,
    SECURITY_HEADERS,
    is_active,
    security_policy,
)
from mieco.web.service import Service

__all__ = ["check_base", "create_app"]


_YEAR = 365 * 24 * 3600


class _Application(Flask):
    """Flask, which lets browsers keep what is vendored: its folder names its version."""

    def get_send_file_max_age(self, filename: str | None) -> int | None:
        if filename and filename.startswith("vendor/"):
            return _YEAR
        return super().get_send_file_max_age(filename)


def create_app(settings: Settings, engine: CurrentEngine, finders: Finders | None = None) -> Flask:
    """The WSGI application over an open engine, which may have opened ``finders`` as well.

    Raises BadSetting.
    """
    app = _with_views()
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.json.sort_keys = False  # type: ignore[attr-defined]
    made = app.extensions["mieco"] = Service.of(settings, engine, finders or Finders())
    metrics.init_app(app)
    body.init_app(app, settings, made.holders)
    problems.init_app(app)
    # What is added to an answer, the last first.
    compression.init_app(app)
    cross_origin.init_app(app)
    reading.init_app(app)
    release.init_app(app)
    reader.init_app(app)
    language_path.init_app(app)
    gate.init_app(app)
    place.init_app(app, settings)
    app.after_request(partial(_add_headers, secure=settings.base.startswith("https:")))
    return app


def check_base(settings: Settings) -> None:
    """Raises BadSetting for a base at which no application can be."""
    place.check_prefix(_with_views(), settings)


def _with_views() -> Flask:
    app = _Application(__name__)
    app.url_map.strict_slashes = False
    for module in (
        home,
        conformance,
        search,
        sparql,
        completion,
        update,
        graph_store,
        questions,
        question,
        openapi,
        readiness,
        readiness_overview,
        ontology,
        term_pages,
        catalogue,
        sitemap,
        things,
        members,
        json_ld,
        shapes,
        links,
        maps,
        compare,
        record_matrix,
        provinces,
        why,
        reports,
        reconcile,
        reconcile_page,
        workbook_template,
        sign_in,
        admin,
        imports,
        import_changes,
        downloads,
        snapshots,
        changes,
        health,
        metrics,
    ):
        app.register_blueprint(module.blueprint)
    return app


def _add_headers(response: Response, *, secure: bool) -> Response:
    """``secure``: the service is reached over https alone."""
    for name, value in {**SECURITY_HEADERS, **(HTTPS_HEADERS if secure else {})}.items():
        response.headers.setdefault(name, value)
    if is_active(response.mimetype or "") and "Content-Security-Policy" not in response.headers:
        response.headers["Content-Security-Policy"] = security_policy()
        # The same as its frame-ancestors, for older browsers (RFC 7034).
        response.headers["X-Frame-Options"] = "DENY"
    return response
