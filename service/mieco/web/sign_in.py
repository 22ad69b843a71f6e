"""``/session``: people sign in with a token, and out again."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from mieco.access.grants import ROLE_NAMES
from mieco.errors import Unauthorised
from mieco.present.formats import HTML, JSON
from mieco.web.access import demand_writable
from mieco.web.audited import actor
from mieco.web.place import here
from mieco.web.reader import wanted
from mieco.web.service import service
from mieco.web.session import demand_same_origin, person, sign_in, sign_out, signed_in

blueprint = Blueprint("sign_in", __name__)
blueprint.app_context_processor(lambda: {"role_names": ROLE_NAMES})


@blueprint.after_request
def told_to_nobody(response: Response) -> Response:
    """The response, which nobody keeps and whose address only this service learns."""
    response.headers["Cache-Control"] = "no-store"
    # To this service alone, which then knows that its own page sent a form (session.py).
    response.headers["Referrer-Policy"] = "same-origin"
    return response


@blueprint.get("/session")
def page() -> Response:
    """Who is signed in, or the form to sign in with."""
    return make_response(_page())


def _page(*, wrong: bool = False) -> str:
    return render_template(
        "sign_in.html",
        enabled=service().holders.any(),
        holder=signed_in(),
        wrong=wrong,
        returns_to=_own_path(request.values.get("next", "")),
    )


@blueprint.post("/session")
def enter() -> AnyResponse:
    """Signs a browser in with the token."""
    demand_writable()
    # Else another site could sign somebody in with a token of its own.
    if "Origin" in request.headers or "Sec-Fetch-Site" in request.headers:
        demand_same_origin()
    to = _own_path(request.form.get("next", ""))
    holder = service().holders.by_token(request.form.get("token", "").strip())
    if holder is None:
        service().audit.add(actor(None), "sign-in-refused")
        if wanted((JSON, HTML)) is not HTML:
            raise Unauthorised
        return make_response(_page(wrong=True), 401)
    service().audit.add(actor(holder), "sign-in")
    return sign_in(make_response(redirect(to, 303)), holder)


@blueprint.post("/session/end")
def leave() -> AnyResponse:
    """Signs a browser out."""
    service().audit.add(actor(person("contributor")), "sign-out")
    return sign_out(make_response(redirect(url_for("imports.index"), 303)))


def sent_to_sign_in() -> Response | None:
    """The answer to a browser that wants a page before it has signed in; it will return."""
    if "Authorization" in request.headers or wanted((JSON, HTML)) is not HTML:
        return None
    if not service().holders.any() or signed_in():
        return None
    return make_response(redirect(url_for("sign_in.page", next=here()), 303))


def _own_path(path: str) -> str:
    """Where to go after signing in: to a page that asks who somebody is, nowhere else."""
    fronts = [url_for("imports.index"), url_for("admin.index")]
    for front in fronts:
        if path == front or path.startswith(f"{front}/"):
            return path
    return fronts[0]
