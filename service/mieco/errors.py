"""Every error mieco shows to a person, once.

    MiecoError
    ├── UserError               the asker can mend it                (exit code 2)
    │   ├── QuerySyntaxError        the query is not SPARQL
    │   ├── QueryRefused            the query asks for what is not allowed here
    │   ├── DeadlineExceeded        the query ran out of time
    │   ├── AnswerTooLarge          the answer outgrew the limit
    │   ├── TooLargeForExcel        a sheet cannot hold the answer
    │   ├── RequestTooLarge         the request itself is too large
    │   ├── RequestTimeout          the request did not arrive in time
    │   ├── NotAcceptable           no format that the asker accepts
    │   ├── UnsupportedMediaType    the body is of a type that is not read here
    │   ├── BadRequest              the request lacks or repeats something
    │   ├── BadRdf                  a document is not the RDF that it says it is
    │   ├── Unauthorised            no token, or a wrong one
    │   ├── WritingDisabled         this service takes no changes
    │   ├── PreconditionFailed      somebody else changed it meanwhile
    │   ├── ReservedGraph           the service makes this graph itself
    │   ├── RemoteFailed            a host of SERVICE or LOAD did not answer usably
    │   ├── BadParameter            a question's parameter is missing or wrong
    │   ├── NotFound                nothing of that name
    │   ├── BadSetting              a setting has an unusable value
    │   ├── BadInput                a file is missing, broken or of the wrong shape
    │   ├── DataRefused             the data break the shapes
    │   └── OntologyRefused         the ontology has errors
    └── ServiceError            the operator can mend it             (exit code 3)
        ├── Overloaded              every worker is busy
        ├── Abandoned               the asker has gone
        ├── WorkerLost              a worker died of a query (memory, depth)
        ├── EngineUnavailable       the engine cannot start
        ├── PortInUse               somebody else listens there
        ├── NotWritable             a directory cannot be written
        ├── NoRelease               nothing has been published yet
        ├── BadRelease              a release on disk is damaged
        ├── NoJava                  HermiT needs Java
        ├── ToolMissing             a check needs a program that is not there
        └── BadInstallation         a part of mieco itself is missing or wrong

An error carries the *facts* of its case; the sentence is made from them in the
reader's language.  ``web/problems.py`` alone turns errors into HTTP, ``cli.py``
alone into exit codes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

Language = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence, or one name, in both languages."""

    zh: str
    en: str

    def in_(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en


Fact = str | int | float | Text
_LONGEST_FACT = 1000


class MiecoError(Exception):
    """What went wrong, where, and what to do, in zh and en, under a stable code.

    ``sentence`` and ``hint`` are templates over the keyword arguments of the
    constructor; a missing hint is an empty one.
    """

    code: ClassVar[str]
    sentence: ClassVar[Text]
    hint: ClassVar[Text] = Text("", "")
    exit_code: ClassVar[int] = 3

    def __init__(self, **facts: Fact) -> None:
        self.facts = facts
        super().__init__(self.message("en"))

    def _fill(self, template: Text, language: Language) -> str:
        words = {
            name: _shortened(fact.in_(language) if isinstance(fact, Text) else fact)
            for name, fact in self.facts.items()
        }
        return template.in_(language).format_map(words)

    def message(self, language: Language) -> str:
        """The sentence in one language."""
        return self._fill(self.sentence, language)

    def advice(self, language: Language) -> str:
        """What to do, in one language; may be empty."""
        return self._fill(self.hint, language)


def _shortened(fact: str | float) -> str | float:
    """What a stranger wrote is quoted in a message, but not at any length."""
    if isinstance(fact, str) and len(fact) > _LONGEST_FACT:
        return fact[:_LONGEST_FACT] + " …"
    return fact


class UserError(MiecoError):
    exit_code = 2


class ServiceError(MiecoError):
    exit_code = 3


class QuerySyntaxError(UserError):
    code = "query-syntax"
    sentence = Text("查询不符合 SPARQL 语法：{reason}", "The query is not valid SPARQL: {reason}")
    hint = Text("{todo}", "{todo}")


class QueryRefused(UserError):
    code = "query-refused"
    sentence = Text("查询被拒绝：{reason}", "The query is refused: {reason}")


class DeadlineExceeded(UserError):
    code = "deadline-exceeded"
    sentence = Text(
        "查询在 {seconds:g} 秒的时限内没有完成，已被停止。",
        "The query did not finish within {seconds:g} seconds and was stopped.",
    )
    hint = Text(
        "请缩小范围（增加条件或 LIMIT），或用 timeout 参数延长，"
        "上限由管理员设定（MIECO_MAX_TIMEOUT）。",
        "Narrow it (more conditions, or LIMIT), or ask for more time with 'timeout', up to what"
        " the administrator allows (MIECO_MAX_TIMEOUT).",
    )


class AnswerTooLarge(UserError):
    code = "answer-too-large"
    sentence = Text(
        "答案超过 {megabytes} MB 的上限，没有发送。",
        "The answer is larger than the limit of {megabytes} MB and was not sent.",
    )
    hint = Text("请用 LIMIT 和 OFFSET 分批取。", "Fetch it in parts with LIMIT and OFFSET.")


class TooLargeForExcel(UserError):
    code = "too-large-for-excel"
    sentence = Text(
        "答案超过一张 Excel 工作表的上限（{rows} 行、{columns} 列）。",
        "The answer is more than an Excel sheet can hold ({rows} rows, {columns} columns).",
    )
    hint = Text("请用 CSV，或加 LIMIT。", "Ask for CSV, or add a LIMIT.")


class RequestTimeout(UserError):
    code = "request-timeout"
    sentence = Text(
        "请求内容没有在时限内完整传到。",
        "The body of the request did not arrive whole and in time.",
    )
    hint = Text("请检查网络后再发一次。", "Check the connection and send it again.")


class RequestTooLarge(UserError):
    code = "request-too-large"
    sentence = Text(
        "请求超过 {kilobytes} kB 的上限。",
        "The request is larger than the limit of {kilobytes} kB.",
    )


class NotAcceptable(UserError):
    code = "not-acceptable"
    sentence = Text(
        "请求所接受的格式都不能用来回答。",
        "The answer cannot be given in any of the formats that were asked for.",
    )
    hint = Text("这里可用：{offered}。", "On offer here: {offered}.")


class UnsupportedMediaType(UserError):
    code = "unsupported-media-type"
    sentence = Text("这里不读取 {given} 类型的内容。", "A body of type {given} is not read here.")
    hint = Text("这里可用：{offered}。", "Accepted here: {offered}.")


class BadRequest(UserError):
    code = "bad-request"
    sentence = Text(
        "请求不完整或有矛盾：{reason}", "The request is incomplete or contradictory: {reason}"
    )


class BadRdf(UserError):
    code = "bad-rdf"
    sentence = Text(
        "{format} 文档读不出来：{reason}", "The {format} document cannot be read: {reason}"
    )


class Unauthorised(UserError):
    code = "unauthorised"
    sentence = Text("写入需要有效的令牌。", "Writing needs a valid token.")
    hint = Text(
        "请求应带 Authorization: Bearer 令牌。",
        "Send 'Authorization: Bearer TOKEN' with the request.",
    )


class WritingDisabled(UserError):
    code = "writing-disabled"
    sentence = Text(
        "本服务没有设置令牌，不接受写入。", "This service has no token set and takes no changes."
    )
    hint = Text("管理员可以设置 MIECO_TOKEN。", "The administrator can set MIECO_TOKEN.")


class PreconditionFailed(UserError):
    code = "precondition-failed"
    sentence = Text(
        "内容不是 If-Match 或 If-None-Match 所要求的状态（可能已被改动），本次修改没有执行。",
        "The state is not the one that If-Match or If-None-Match asks for (it may have been"
        " changed meanwhile), so this change was not made.",
    )
    hint = Text("请取得最新内容后再试。", "Fetch the present state and try again.")


class ReservedGraph(UserError):
    code = "reserved-graph"
    sentence = Text(
        "图 {graph} 由服务自己生成，不能写入。",
        "The graph {graph} is made by the service itself and cannot be written.",
    )
    hint = Text("请写入另一个图。", "Write to another graph.")


class RemoteFailed(UserError):
    code = "remote-failed"
    sentence = Text(
        "其他主机没有给出可用的回答：{reason}", "Another host did not answer usably: {reason}"
    )
    hint = Text(
        "请稍后再试；若没有它也行，请写 SERVICE SILENT 或 LOAD SILENT。",
        "Try again later; if the rest is of use without it, write SERVICE SILENT or LOAD SILENT.",
    )


class BadParameter(UserError):
    code = "bad-parameter"
    sentence = Text("参数“{name}”：{reason}", "Parameter '{name}': {reason}")
    hint = Text("可用：{allowed}。", "Allowed: {allowed}.")


class NotFound(UserError):
    code = "not-found"
    sentence = Text("没有找到{what}“{name}”。", "No {what} '{name}' was found.")
    hint = Text("{near}", "{near}")


class BadSetting(UserError):
    code = "bad-setting"
    sentence = Text(
        "设置 {name} 的值“{value}”不可用：{reason}", "Setting {name}, value '{value}': {reason}"
    )
    hint = Text(
        "运行 mieco settings 可查看全部设置。", "Run 'mieco settings' to see every setting."
    )


class BadInput(UserError):
    code = "bad-input"
    sentence = Text("{where}：{reason}", "{where}: {reason}")
    hint = Text("{todo}", "{todo}")


class DataRefused(UserError):
    code = "data-refused"
    exit_code = 1
    sentence = Text(
        "数据有 {violations} 处违反形状规则，没有发布；现有发布保持不变。",
        "The data break the shapes in {violations} places and were not published;"
        " the current release stands.",
    )
    hint = Text(
        "运行 mieco check 可查看每一处的位置和说明。", "Run 'mieco check' to see each place."
    )


class OntologyRefused(UserError):
    code = "ontology-refused"
    exit_code = 1
    sentence = Text(
        "本体有 {errors} 处错误，什么也没有写。",
        "The ontology has {errors} errors, so nothing was written.",
    )
    hint = Text(
        "运行 mieco ontology check 可查看每一处；确要写出，请加 --unchecked。",
        "Run 'mieco ontology check' to see each; to write all the same, add --unchecked.",
    )


class Overloaded(ServiceError):
    code = "overloaded"
    sentence = Text("所有查询进程都在忙。", "Every query worker is busy.")
    hint = Text("请稍后再试。", "Please try again shortly.")


class Abandoned(ServiceError):
    code = "abandoned"
    sentence = Text(
        "提问者已断开连接，查询已停止。", "The asker hung up, so the query was stopped."
    )


class WorkerLost(ServiceError):
    code = "worker-lost"
    sentence = Text(
        "执行该查询的进程中断了（多半因为嵌套太深或内存超限），已换新进程。",
        "The worker that ran this query died (nesting too deep, or out of memory)"
        " and was replaced.",
    )
    hint = Text("请简化查询后再试。", "Simplify the query and try again.")


class EngineUnavailable(ServiceError):
    code = "engine-unavailable"
    sentence = Text("查询引擎无法启动：{reason}", "The query engine cannot start: {reason}")


class PortInUse(ServiceError):
    code = "port-in-use"
    sentence = Text(
        "不能在 {host}:{port} 上监听：{reason}",
        "Cannot listen on {host}:{port}: {reason}",
    )
    hint = Text(
        "请停止占用者，或用 --port（MIECO_PORT）换一个端口。",
        "Stop what uses it, or choose another port with --port (MIECO_PORT).",
    )


class NotWritable(ServiceError):
    code = "not-writable"
    sentence = Text(
        "目录 {folder} 不可写：{reason}", "The directory {folder} cannot be written: {reason}"
    )
    hint = Text(
        "请用 --data（MIECO_DATA）指定一个可写的目录。",
        "Name a writable directory with --data (MIECO_DATA).",
    )


class NoRelease(ServiceError):
    code = "no-release"
    sentence = Text("{folder} 中还没有发布。", "Nothing has been published in {folder} yet.")
    hint = Text("请先运行 mieco publish。", "Run 'mieco publish' first.")


class BadRelease(ServiceError):
    code = "bad-release"
    sentence = Text("发布 {release} 已损坏：{reason}", "Release {release} is damaged: {reason}")
    hint = Text(
        "请从备份恢复，或移走数据目录后重新运行 mieco publish。",
        "Restore it from a backup, or move the data directory away and run 'mieco publish'.",
    )


class NoJava(ServiceError):
    code = "no-java"
    sentence = Text(
        "没有找到 Java，HermiT 推理机不能运行。",
        "Java was not found, so the HermiT reasoner cannot run.",
    )
    hint = Text(
        "请安装 Java 11 或更新版本（Debian：default-jre-headless），并使 java 在 PATH 中。",
        "Install Java 11 or newer (Debian: default-jre-headless), with 'java' on the PATH.",
    )


class ToolMissing(ServiceError):
    code = "tool-missing"
    sentence = Text(
        "没有找到 {tool}，检查“{check}”不能进行。",
        "{tool} was not found, so the check '{check}' cannot run.",
    )
    hint = Text("{todo}", "{todo}")


class BadInstallation(ServiceError):
    code = "bad-installation"
    sentence = Text(
        "mieco 自身的 {part} 有问题：{reason}", "A part of mieco itself, {part}, is wrong: {reason}"
    )
    hint = Text("请重新安装 mieco。", "Reinstall mieco.")
