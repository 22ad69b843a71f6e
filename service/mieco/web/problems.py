"""Errors to HTTP, at this one door: problem documents (RFC 9457), or a page for a browser."""

from __future__ import annotations

import logging

from flask import Flask, Response, jsonify, make_response, render_template, request
from flask.globals import request_ctx
from werkzeug.exceptions import HTTPException

from mieco import errors
from mieco.error_reports import public
from mieco.errors import MiecoError, Text
from mieco.present.formats import HTML, Format, negotiate
from mieco.terms import BASE
from mieco.web.environ import NATURE
from mieco.web.near import near_pages
from mieco.web.place import here
from mieco.web.reader import language

PROBLEM = Format("json", "application/problem+json", ("application/json",))
_RETRY_SECONDS = "5"
_SOON_OVER = (
    *(errors.Overloaded, errors.EngineUnavailable, errors.FileNotReady),
    errors.TooManyWaiting,
)
_BAD = 400
_NOT_FOUND = 404

_STATUS: dict[type[MiecoError], int] = {
    errors.QuerySyntaxError: 400,
    errors.QueryRefused: 400,
    errors.SearchMisused: 400,
    errors.BadRequest: 400,
    errors.BadParameter: 400,
    errors.BadRdf: 400,
    errors.BadInput: 400,
    errors.Unauthorised: 401,
    errors.Forbidden: 403,
    errors.WritingDisabled: 403,
    errors.ReadOnly: 403,
    errors.ReservedGraph: 403,
    errors.CrossOrigin: 403,
    errors.AxiomUnknown: 409,
    errors.Inconsistent: 409,
    errors.NothingToUndo: 409,
    errors.ImportNotReady: 409,
    errors.ImportStale: 409,
    errors.PreconditionFailed: 412,
    errors.ReleaseMoved: 412,
    errors.NotFound: 404,
    errors.NotAcceptable: 406,
    errors.RequestTimeout: 408,
    errors.RequestTooLarge: 413,
    errors.TooManyQueries: 413,
    errors.UnsupportedMediaType: 415,
    errors.AnswerTooLarge: 422,
    errors.TooManyRequests: 429,
    errors.TooManyWaiting: 429,
    errors.TooLargeForExcel: 422,
    errors.Abandoned: 499,
    errors.RemoteFailed: 502,
    errors.EngineFailed: 502,
    errors.EngineRefused: 502,
    errors.Overloaded: 503,
    errors.WorkerLost: 503,
    errors.EngineUnavailable: 503,
    errors.EngineUnreachable: 503,
    errors.EngineBehind: 503,
    errors.EngineLost: 503,
    errors.EngineUncertain: 503,
    errors.EngineNotWritable: 503,
    errors.NoRelease: 503,
    errors.TokensUnreadable: 503,
    errors.BadRelease: 503,
    errors.NewerRelease: 503,
    errors.ImportInterrupted: 503,
    errors.FileNotMade: 503,
    errors.FileNotReady: 503,
    errors.DeadlineExceeded: 504,
    errors.ImportTimeout: 504,
    errors.FileTimeout: 504,
    errors.NotWritable: 507,
    errors.FileTooLarge: 507,
}

_TITLES: dict[int, Text] = {
    400: Text("请求有误", "Bad request"),
    401: Text("需要令牌", "Token required"),
    403: Text("不能写入", "Forbidden"),
    404: Text("没有找到", "Not found"),
    409: Text("与当前数据或状态冲突", "In conflict with the present state"),
    412: Text("内容已被改动", "Precondition failed"),
    405: Text("不支持此方法", "Method not allowed"),
    406: Text("格式不可用", "Not acceptable"),
    408: Text("请求没有传完", "Request timeout"),
    413: Text("请求太大", "Request too large"),
    416: Text("没有这一段", "Range not satisfiable"),
    415: Text("内容类型不支持", "Unsupported media type"),
    422: Text("内容不能处理", "Content cannot be processed"),
    429: Text("请求太多", "Too many requests"),
    500: Text("服务出错", "Service error"),
    499: Text("提问者已断开", "Client closed the request"),
    502: Text("其他主机没有回答", "Bad gateway"),
    503: Text("服务暂时不可用", "Service unavailable"),
    504: Text("超时", "Timed out"),
    507: Text("存储写不进去", "Storage cannot be written"),
}

_HTTP_DETAILS: dict[int, Text] = {
    404: Text("这个地址没有内容。", "There is nothing at this address."),
    405: Text("这个地址不支持该方法。", "This address does not support that method."),
    413: Text("请求内容超过上限。", "The request body is larger than the limit."),
    412: Text(
        "文件不是 If-Match 所要求的那一个。", "The file is not the one that If-Match asks for."
    ),
    416: Text("文件没有所要的那一段。", "The file has no such part."),
}
_INTERNAL = Text(
    "服务内部出错，已记录在日志中。", "Something went wrong inside the service; it has been logged."
)

log = logging.getLogger("mieco")


def init_app(app: Flask) -> None:
    """Every error leaves through the handlers below."""
    app.register_error_handler(MiecoError, _mieco_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unforeseen)


def status_of(error: MiecoError) -> int:
    """The HTTP status of an error."""
    return _STATUS.get(type(error), 500)


def _mieco_error(error: MiecoError) -> Response:
    status = status_of(error)
    told = public(error)
    if told is not error:
        log.error("%s", error)
    error = told
    spoken = language()
    place = {name: error.facts[name] for name in ("line", "column") if error.facts.get(name)}
    response = _respond(status, error.code, error.message(spoken), error.advice(spoken), place)
    if isinstance(error, _SOON_OVER):
        response.headers["Retry-After"] = _RETRY_SECONDS
    if isinstance(error, errors.Unauthorised):
        response.headers["WWW-Authenticate"] = 'Bearer realm="mieco"'
    return response


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    detail = _HTTP_DETAILS.get(status, Text(error.description or "", error.description or ""))
    code = (error.name or "error").lower().replace(" ", "-")
    response = _respond(status, code, detail.in_(language()), "", {})
    for name, value in error.get_headers():
        if name in ("Allow", "Content-Range", "Location"):
            response.headers[name] = value
    return response


def _unforeseen(error: Exception) -> Response:
    log.error("unforeseen error at %s", request.path, exc_info=error)
    return _respond(500, "internal-error", _INTERNAL.in_(language()), "", {})


def _respond(
    status: int, code: str, detail: str, hint: str, place: dict[str, errors.Fact]
) -> Response:
    if nature := request.environ.get(NATURE):
        nature.code = code
    title = _TITLES.get(status, _TITLES[status // 100 * 100]).in_(language())
    # Without an address that makes sense no page can be linked to.
    addressed = request_ctx.url_adapter is not None
    if addressed and negotiate(request.headers.get("Accept"), (PROBLEM, HTML)) is HTML:
        page = render_template(
            "problem.html",
            status=status,
            code=code,
            title=title,
            # What people typed was an address here; the base of our IRIs they have never seen.
            detail=detail.replace(BASE, ""),
            hint=hint,
            # A question that cannot be asked like this can be asked otherwise.
            question=here() if status == _BAD and request.blueprint == "question" else "",
            near=near_pages() if status == _NOT_FOUND else (),
        )
        return make_response(page, status)
    body = {
        "type": f"{BASE}problem/{code}",
        "title": title,
        "status": status,
        "code": code,
        "detail": detail,
        **({"hint": hint} if hint else {}),
        **place,
    }
    response = make_response(jsonify(body), status)
    response.content_type = PROBLEM.media_type
    response.headers["Content-Language"] = language()
    return response
