"""Which facts a request asks for, and how an answer says which it used."""

from __future__ import annotations

from flask import Response

from mieco.engine.base import ENTAILMENTS, Entailment
from mieco.errors import BadParameter, Text
from mieco.web.protocol import parameters

PARAMETER = "entailment"
_HEADER = "Mieco-Entailment"


def asked_entailment() -> Entailment | None:
    """What ``entailment=`` asks for; ``None`` where it is absent or empty, as a form sends it.

    Raises BadParameter.
    """
    asked = parameters().get(PARAMETER)
    if not asked:
        return None
    found = next((each for each in ENTAILMENTS if each == asked), None)
    if found is None:
        raise BadParameter(
            name=PARAMETER,
            reason=Text(f"“{asked}”不是可用的值", f"'{asked}' is not a usable value"),
            allowed=", ".join(ENTAILMENTS),
        )
    return found


def with_entailment(response: Response, used: Entailment) -> Response:
    """The response, which says which facts its answer rests on."""
    response.headers[_HEADER] = used
    return response
