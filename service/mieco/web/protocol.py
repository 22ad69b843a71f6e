"""What queries, updates and graphs share of the SPARQL protocols."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast
from urllib.parse import parse_qsl

from flask import g, request
from pyoxigraph import NamedNode
from werkzeug.datastructures import MultiDict

from mieco.engine.cancellation import Cancellation
from mieco.errors import BadParameter, BadRequest, RequestTooLarge, Text, UnsupportedMediaType
from mieco.terms import BASE
from mieco.web.environ import CANCELLATION
from mieco.web.service import service

FORM = "application/x-www-form-urlencoded"
_MOST_PARAMETERS = 1000


def parameters() -> MultiDict[str, str]:
    """The parameters of the URL and of a form in the body.

    Raises BadRequest for what is not UTF-8: nothing is replaced or passed over.
    """
    if "parameters" not in g:
        found = pairs(request.query_string)
        if request.method == "POST" and request.mimetype == FORM:
            check_charset()
            found += pairs(request.get_data())
        g.parameters = MultiDict(found)
    return cast("MultiDict[str, str]", g.parameters)


def pairs(encoded: bytes) -> list[tuple[str, str]]:
    """The parameters of a form, by name and value.  Raises BadRequest."""
    try:
        return parse_qsl(
            encoded.decode(),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MOST_PARAMETERS,
        )
    except UnicodeDecodeError:
        raise BadRequest(
            reason=Text("参数不是 UTF-8 文本", "a parameter is not UTF-8 text")
        ) from None
    except ValueError:
        raise BadRequest(
            reason=Text(
                f"参数多于 {_MOST_PARAMETERS} 个",
                f"there are more than {_MOST_PARAMETERS} parameters",
            )
        ) from None


def operation_text(name: str, direct: str) -> str:
    """The query or update of a request: by GET or form in ``name``, or the body itself.

    SPARQL 1.1 Protocol §2.1 and §2.2; ``direct`` is the media type of a direct POST.
    Raises BadRequest, RequestTooLarge or UnsupportedMediaType.
    """
    texts = parameters().getlist(name)
    if request.method == "POST" and request.mimetype == direct:
        texts = [*texts, _text_of_body()]
    elif request.method == "POST" and request.mimetype != FORM:
        raise UnsupportedMediaType(given=request.mimetype or "—", offered=f"{FORM}, {direct}")
    if len(texts) != 1:
        raise BadRequest(
            reason=Text(
                f"应有且只有一个 {name} 参数", f"there must be exactly one '{name}' parameter"
            )
        )
    return texts[0]


def check_size(text: str, kilobytes: int) -> None:
    """Raises RequestTooLarge for a text beyond the limit."""
    if len(text.encode()) > kilobytes * 1024:
        raise RequestTooLarge(kilobytes=kilobytes)


def _text_of_body() -> str:
    check_charset()
    return text_of(request.get_data())


def text_of(body: bytes) -> str:
    """The body of a direct POST.  Its charset is UTF-8 (SPARQL 1.1 Protocol §2.1.3).

    Raises BadRequest.
    """
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadRequest(reason=Text("内容不是 UTF-8 文本", "the body is not UTF-8 text")) from None


def check_charset() -> None:
    """Raises UnsupportedMediaType for a body in another charset than UTF-8."""
    charset = request.mimetype_params.get("charset", "utf-8")
    if charset.lower().replace("-", "") not in {"utf8", "usascii", "ascii"}:
        raise UnsupportedMediaType(given=f"charset={charset}", offered="charset=utf-8")


def whole_number(name: str, default: int, least: int, most: int) -> int:
    """A whole number that a parameter gives, if it does.  Raises BadParameter."""
    given = parameters().get(name, "").strip()
    if not given:
        return default
    # Longer ones are not even read: that takes long for very many digits.
    readable = given.isascii() and given.isdecimal() and len(given) <= len(str(most))
    if readable and least <= int(given) <= most:
        return int(given)
    raise BadParameter(
        name=name,
        reason=Text(f"“{given[:40]}”不在范围内", f"'{given[:40]}' is out of range"),
        allowed=Text(f"{least} 到 {most} 的整数", f"a whole number from {least} to {most}"),
    )


def iri_parameter(name: str) -> str:
    """The IRI that a parameter gives, which may be without our base; empty without one."""
    given = parameters().get(name, "")
    return given if not given or "://" in given else BASE + given


def absolute(iris: Sequence[str]) -> list[str]:
    """The IRIs of graphs, each proven to be absolute.  Raises BadRequest."""
    for iri in iris:
        try:
            NamedNode(iri)
        except ValueError:
            raise BadRequest(
                reason=Text(f"“{iri}”不是完整的 IRI", f"'{iri}' is not an absolute IRI")
            ) from None
    return list(iris)


def deadline() -> float:
    """The seconds that the request gives its query: ``timeout=``, up to the ceiling."""
    settings = service().settings
    asked = parameters().get("timeout")
    if not asked:
        return settings.timeout
    try:
        seconds = float(asked)
    except ValueError:
        seconds = math.nan
    if not seconds > 0:
        raise BadParameter(
            name="timeout",
            reason=Text(f"“{asked}”不是秒数", f"'{asked}' is not a number of seconds"),
            allowed=Text(
                f"大于 0 的秒数，至多 {settings.max_timeout:g}",
                f"seconds above 0, at most {settings.max_timeout:g}",
            ),
        )
    return min(seconds, settings.max_timeout)


def cancellation() -> Cancellation:
    """This request's; the gateway cancels it when the asker hangs up."""
    if "cancellation" not in g:
        g.cancellation = request.environ.get(CANCELLATION) or Cancellation()
    return cast("Cancellation", g.cancellation)
