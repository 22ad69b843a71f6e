"""Every way in which a request can fail, as one family of errors.

    ClientError
    ├── Refused         the service says that it cannot be asked like that (4xx); its own code
    ├── Failed          the service failed (5xx); its own code
    ├── Unavailable     the service has no room now (503), also after the retries; its own code,
    │                   or ``unavailable`` if what stands before it answered
    ├── TimedOut        it took too long: the service's own code, or ``timed-out``
    ├── Unreachable     nobody answered: ``unreachable``
    ├── CutOff          the answer is not whole: ``cut-off``
    ├── NotMieco        somebody answered, but no mieco: ``not-mieco``
    ├── BadAddress      no address of a service: ``bad-address``
    └── PandasMissing   a data frame needs pandas: ``pandas-missing``

They stand apart from :class:`~mieco.errors.MiecoError`: most carry a code and words that the
service gave, in the language that it was asked in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mieco.errors import SILENCE, Language, Text


class ClientError(Exception):
    """What went wrong: a stable ``code``, a ``message``, a ``hint`` (may be empty).

    ``status`` is the HTTP status, if there was one.
    """

    def __init__(
        self, code: str, message: str, hint: str = "", *, status: int | None = None
    ) -> None:
        super().__init__(code, message, hint)
        self.code = code
        self.message = message
        self.hint = hint
        self.status = status

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class Refused(ClientError):
    """The service says what is wrong with the request; ``line`` and ``column`` if in a query."""

    line: int | None = None
    column: int | None = None


class Failed(ClientError):
    """The service could not do what it should."""


class Unavailable(ClientError):
    """No room at present; ``retry_after`` are the seconds after which to ask again, if known."""

    retry_after: float | None = None


class TimedOut(ClientError):
    """No answer in time."""


class Unreachable(ClientError):
    """No connection, or one that broke before an answer came."""


class CutOff(ClientError):
    """The answer ended early; nothing of it is given."""


class NotMieco(ClientError):
    """What answered does not speak as the service does."""


class BadAddress(ClientError):
    """The address of the service is not one."""


class PandasMissing(ClientError):
    """A data frame was asked for where pandas is not installed."""


def problem(told: Mapping[str, Any], status: int) -> ClientError:
    """The error that a problem document (RFC 9457) of the service is."""
    code, message, hint = (str(told.get(name, "")) for name in ("code", "detail", "hint"))
    if status == 503:  # noqa: PLR2004
        return Unavailable(code, message, hint, status=status)
    if status == 504:  # noqa: PLR2004
        return TimedOut(code, message, hint, status=status)
    if status >= 500:  # noqa: PLR2004
        return Failed(code, message, hint, status=status)
    refused = Refused(code, message, hint, status=status)
    refused.line, refused.column = told.get("line"), told.get("column")
    return refused


def timed_out(language: Language, address: str, seconds: float) -> TimedOut:
    """The wait is over, and the answer not there or not whole."""
    return TimedOut(
        "timed-out",
        Text(
            f"{address} 在 {seconds:g} 秒内没有答完。",
            f"{address} did not finish its answer within {seconds:g} seconds.",
        ).in_(language),
        Text(
            "可用 Client(…, timeout=120) 多等一会儿，或把问题问得小一些。",
            "Wait longer with Client(…, timeout=120), or ask for less.",
        ).in_(language),
    )


def unreachable(
    language: Language, address: str, reason: Text, hint: Text = SILENCE
) -> Unreachable:
    """No connection, for a reason."""
    return Unreachable(
        "unreachable",
        Text(f"连不上 {address}：{reason.zh}。", f"Cannot reach {address}: {reason.en}.").in_(
            language
        ),
        hint.in_(language),
    )


def cut_off(language: Language, address: str) -> CutOff:
    """An answer that is not whole."""
    return CutOff(
        "cut-off",
        Text(
            f"{address} 的回答没有传完。",
            f"The answer of {address} is not whole.",
        ).in_(language),
        Text(
            "服务中断得太久的查询时也会这样；请再试一次，或把问题问得小一些。",
            "The service also breaks off a query that takes too long. Try again, or ask for less.",
        ).in_(language),
    )


def not_mieco(language: Language, address: str, came: Text, status: int | None = None) -> NotMieco:
    """Somebody else answers at that address, with what came."""
    return NotMieco(
        "not-mieco",
        Text(
            f"{address} 不像 mieco 服务：回来的是{came.zh}。",
            f"{address} does not look like a mieco service: {came.en}.",
        ).in_(language),
        Text(
            "请给出服务首页的地址，如 http://127.0.0.1:8080；若中间有代理或登录页，请先通过它。",
            "Give the address of the service's home page, such as http://127.0.0.1:8080. If a proxy"
            " or a login page stands before it, get past that first.",
        ).in_(language),
        status=status,
    )


def unavailable(language: Language, address: str, status: int) -> Unavailable:
    """What stands before the service says that it is not there."""
    return Unavailable(
        "unavailable",
        Text(
            f"{address} 暂时不可用（HTTP {status}）。",
            f"{address} is not available at present (HTTP {status}).",
        ).in_(language),
        Text("请稍后再试。", "Try again later.").in_(language),
        status=status,
    )


def bad_address(language: Language, given: str, reason: Text) -> BadAddress:
    """An address that leads to no service."""
    return BadAddress(
        "bad-address",
        Text(
            f"“{given}”不是服务的地址：{reason.zh}。",
            f"'{given}' is not the address of a service: {reason.en}.",
        ).in_(language),
        Text("例如 http://127.0.0.1:8080。", "An example: http://127.0.0.1:8080.").in_(language),
    )


def pandas_missing(language: Language) -> PandasMissing:
    """A data frame without pandas."""
    return PandasMissing(
        "pandas-missing",
        Text("没有安装 pandas。", "pandas is not installed.").in_(language),
        Text(
            "请运行 pip install pandas，或直接使用 rows。",
            "Run: pip install pandas. Or use the rows as they are.",
        ).in_(language),
    )
