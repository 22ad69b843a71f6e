"""What the asker can mend."""

from __future__ import annotations

from mieco.errors.base import Text, UserError


class QuerySyntaxError(UserError):
    code = "query-syntax"
    sentence = Text("查询不符合 SPARQL 语法：{reason}", "The query is not valid SPARQL: {reason}")
    hint = Text("{todo}", "{todo}")


class QueryRefused(UserError):
    code = "query-refused"
    sentence = Text("查询被拒绝：{reason}", "The query is refused: {reason}")


class SearchMisused(UserError):
    code = "search-misused"
    sentence = Text("search:matches 的用法不对：{reason}。", "search:matches is misused: {reason}.")
    hint = Text(
        '写法如 (?thing ?score ?name) search:matches ("深圳" 20)，见 docs/sparql.md。',
        'Write it as in (?thing ?score ?name) search:matches ("Shenzhen" 20); see docs/sparql.md.',
    )


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


class TooManyRequests(UserError):
    code = "too-many-requests"
    sentence = Text(
        "来自此地址的请求超过上限：{limit}。",
        "There are more requests from this address than the limit: {limit}.",
    )
    hint = Text(
        "请等待 Retry-After 所说的秒数后再试。",
        "Wait for the seconds that Retry-After says, and try again.",
    )


class TooManyWaiting(UserError):
    code = "too-many-waiting"
    sentence = Text(
        "此令牌上传的文件还有 {count} 次等待处理，占满了为其保留的空间。",
        "Of what was uploaded with this token, {count} deliveries still wait to be worked on and"
        " take all the room that is kept for them.",
    )
    hint = Text("请等它们处理完再上传。", "Wait until they have been worked on.")


class TooManyQueries(UserError):
    code = "too-many-queries"
    sentence = Text(
        "一次请求中有 {given} 项，上限是 {most} 项。",
        "The request has {given} items, more than the limit of {most}.",
    )
    hint = Text("请分几次发送。", "Send them in several requests.")


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


class Forbidden(UserError):
    code = "forbidden"
    sentence = Text("此令牌无权这样做：{reason}", "The token does not allow this: {reason}")
    hint = Text("请向管理员申请相应的令牌。", "Ask the administrator for a token that does.")


class WritingDisabled(UserError):
    code = "writing-disabled"
    sentence = Text(
        "本服务没有发放令牌，不接受写入。",
        "This service has given out no token and takes no changes.",
    )
    hint = Text(
        "管理员可以用 mieco token create 发放令牌。",
        "The administrator can give one out with 'mieco token create'.",
    )


class ReadOnly(UserError):
    code = "read-only"
    sentence = Text("本服务只读，不接受写入。", "This service is read-only and takes no changes.")
    hint = Text("{todo}", "{todo}")


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


class AxiomUnknown(UserError):
    code = "axiom-unknown"
    sentence = Text(
        "本体中有一种推理不认识的公理：{axiom}",
        "The ontology has an axiom of a kind that inference does not know: {axiom}",
    )
    hint = Text(
        "可用的是 OWL 2 的各种公理；docs/rules.md 列出现有公理的种类和所成的规则。",
        "Those of OWL 2 can be used; docs/rules.md lists the present ones and their rules.",
    )


class Inconsistent(UserError):
    code = "inconsistent"
    exit_code = 1
    sentence = Text(
        "数据与本体有新的矛盾（{clashes} 处），没有发布；现有发布保持不变。第一处：{first}",
        "The data contradict the ontology anew (places: {clashes}) and were not published; the"
        " current release stands. The first: {first}",
    )
    hint = Text(
        "请改正其中一条事实；确要发布，命令行加 --accept-clashes，请求加 clashes=accept。",
        "Correct one of the facts; to publish all the same, add --accept-clashes to the command"
        " or clashes=accept to the request.",
    )


class NothingToUndo(UserError):
    code = "nothing-to-undo"
    sentence = Text(
        "当前发布没有更早的发布可以退回。",
        "There is no release before the current one to return to.",
    )


class ImportTimeout(UserError):
    code = "import-timeout"
    sentence = Text(
        "文件在 {seconds:g} 秒的时限内没有处理完，已经停止，内容保持不变。",
        "The work on the files did not end within {seconds:g} seconds and was stopped; nothing"
        " has changed.",
    )
    hint = Text(
        "请拆成几份分次导入，或请管理员延长时限（MIECO_IMPORT_TIMEOUT）。",
        "Import them in several parts, or ask the administrator for more time"
        " (MIECO_IMPORT_TIMEOUT).",
    )


class ImportNotReady(UserError):
    code = "import-not-ready"
    sentence = Text(
        "这次导入现在不能发布：{state}。", "This import cannot be published now: {state}."
    )


class ImportStale(UserError):
    code = "import-stale"
    sentence = Text(
        "预览之后数据又有变动，没有发布；正在与现在的数据重新比较。",
        "The data have changed since the preview, so nothing was published; the files are being"
        " compared with the present data.",
    )
    hint = Text("请再看一遍预览，然后发布。", "Look at the preview again, then publish.")


class CrossOrigin(UserError):
    code = "cross-origin"
    sentence = Text(
        "这个请求是从别的网站发来的，没有执行。",
        "This request was sent from another site and was not carried out.",
    )
    hint = Text("请在本服务的页面上操作。", "Do it on the pages of this service.")


class ReleaseMoved(UserError):
    code = "release-moved"
    sentence = Text(
        "当前发布是 {current}，已不是 {expected}，没有改动。",
        "The current release is {current}, no longer {expected}; nothing was changed.",
    )
    hint = Text("请看过现在的情况再试。", "Look at the present state and try again.")


class NoOrigin(UserError):
    code = "no-origin"
    sentence = Text(
        "从 {address} 取不到发布：{reason}。", "{address} gives no releases away: {reason}."
    )
    hint = Text(
        "请给出 mieco 服务首页的地址，如 http://127.0.0.1:8080；它的版本不能早于这里。",
        "Give the address of the home page of a mieco service, such as http://127.0.0.1:8080, of"
        " this version or a later one.",
    )


class ReleaseDiffers(UserError):
    code = "release-differs"
    sentence = Text(
        "这里的发布 {release} 与 {address} 的不同，没有改动。",
        "Release {release} is another here than at {address}; nothing was changed.",
    )
    hint = Text(
        "两边各自发布过，或来源已换成别的数据。请用 --data 另选一个目录，或移走 {folder} 后再取。",
        "Both have published on their own, or the data there were replaced. Choose another"
        " directory with --data, or move {folder} away, and pull again.",
    )


class NoBackup(UserError):
    code = "no-backup"
    sentence = Text(
        "{folder} 中没有备份 {at}。{near}", "There is no backup {at} in {folder}. {near}"
    )
    hint = Text(
        "请给出 mieco backup 写入的目录。", "Name the folder that 'mieco backup' has written to."
    )


class NotEmpty(UserError):
    code = "not-empty"
    sentence = Text(
        "目录 {folder} 不是空的，没有恢复任何东西。",
        "The directory {folder} is not empty; nothing was restored.",
    )
    hint = Text(
        "请用 --data 指定一个新的或空的目录；恢复从不覆盖已有的文件。",
        "Name a new or an empty one with --data: nothing that is there is ever replaced.",
    )
