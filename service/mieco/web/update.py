"""``/update``: changes by the SPARQL 1.1 Protocol."""

from __future__ import annotations

from flask import Blueprint, Response, request

from mieco.changes import Update
from mieco.errors import BadRequest, Text, UnsupportedMediaType
from mieco.web.access import require_writer
from mieco.web.protocol import FORM, absolute, text_of_body
from mieco.web.service import service
from mieco.writer import make

blueprint = Blueprint("update", __name__)

_DIRECT = "application/sparql-update"


@blueprint.post("/update")
def update() -> Response:
    """The update operation (SPARQL 1.1 Protocol §2.2): by form, or direct."""
    require_writer()
    parameters = request.args
    if request.mimetype == _DIRECT:
        texts = [text_of_body()]
    elif request.mimetype == FORM:
        parameters = request.form
        texts = request.form.getlist("update")
    else:
        raise UnsupportedMediaType(given=request.mimetype or "—", offered=f"{FORM}, {_DIRECT}")
    if len(texts) != 1:
        raise BadRequest(
            reason=Text(
                "应有且只有一个 update 参数", "there must be exactly one 'update' parameter"
            )
        )
    change = Update(
        texts[0],
        absolute(parameters.getlist("using-graph-uri")),
        absolute(parameters.getlist("using-named-graph-uri")),
    )
    made = make(change, service().settings)
    return Response(status=204, headers={"X-Mieco-Release": str(made.release)})
