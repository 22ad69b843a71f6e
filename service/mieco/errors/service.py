"""What the operator can mend."""

from __future__ import annotations

from mieco.errors.base import ServiceError, Text


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
        "执行该查询的进程中断了（嵌套太深、内存超限，或排序的数超出 64 位），已换新进程。",
        "The worker that ran this query died (nesting too deep, out of memory, or numbers beyond"
        " 64 bits to be sorted) and was replaced.",
    )
    hint = Text(
        "请简化查询后再试；排序可改用 ORDER BY STR(?x)。",
        "Simplify the query and try again; ORDER BY STR(?x) sorts any values.",
    )


class EngineUnavailable(ServiceError):
    code = "engine-unavailable"
    sentence = Text("查询引擎无法启动：{reason}", "The query engine cannot start: {reason}")


class EngineUnreachable(ServiceError):
    code = "engine-unreachable"
    sentence = Text(
        "查询引擎 {engine} 暂时连不上：{reason}", "The engine {engine} is out of reach: {reason}"
    )
    hint = Text(
        "请稍后再试；管理员可用 mieco doctor 检查 MIECO_ENGINE 所指的引擎。",
        "Try again shortly; the administrator can check the engine of MIECO_ENGINE with"
        " 'mieco doctor'.",
    )


class EngineLost(EngineUnreachable):
    code = "engine-lost"
    sentence = Text(
        "与查询引擎 {engine} 的连接在它答复之前中断：{reason}",
        "The connection to the engine {engine} broke before it had answered: {reason}",
    )


class EngineUncertain(ServiceError):
    code = "engine-uncertain"
    sentence = Text(
        "查询引擎 {engine} 没有答复是否已换到发布 {release}。",
        "The engine {engine} did not say whether it has switched to release {release}.",
    )
    hint = Text(
        "请先不要重复；若已切换，本服务会自行跟上。管理员可用 mieco push --release {release}"
        " 完成。",
        "Do not repeat it yet: if it has, this service follows by itself. The administrator can"
        " finish it with 'mieco push --release {release}'.",
    )


class EngineFailed(ServiceError):
    code = "engine-failed"
    sentence = Text(
        "查询引擎 {engine} 没有给出可用的回答：{reason}",
        "The engine {engine} gave no answer of use: {reason}",
    )
    hint = Text(
        "请简化查询后再试；管理员可用 mieco doctor 检查该引擎。",
        "Simplify the query and try again; the administrator can check the engine with"
        " 'mieco doctor'.",
    )


class EngineRefused(ServiceError):
    code = "engine-refused"
    sentence = Text(
        "查询引擎 {engine} 拒绝了请求（HTTP {status}）。",
        "The engine {engine} refused the request (HTTP {status}).",
    )
    hint = Text(
        "请管理员检查 MIECO_ENGINE 的地址、用户名、密码或令牌，以及在该引擎中的权限。",
        "The administrator should check the address in MIECO_ENGINE, the user name, password or"
        " token, and what they may do at that engine.",
    )


class EngineBehind(ServiceError):
    code = "engine-behind"
    sentence = Text(
        "查询引擎 {engine} 中的发布是 {there}，这里的是 {here}。",
        "The engine {engine} has release {there}, where it is {here} here.",
    )
    hint = Text(
        "请管理员运行 mieco push，把这里的发布送到该引擎。",
        "The administrator can send the one that is here there with 'mieco push'.",
    )


class EngineNotWritable(ServiceError):
    code = "engine-not-writable"
    sentence = Text(
        "没有能发布到查询引擎 {engine}：{reason}",
        "Nothing was published to the engine {engine}: {reason}",
    )
    hint = Text("{todo}", "{todo}")


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


class TokensUnreadable(ServiceError):
    code = "tokens-unreadable"
    sentence = Text("令牌读不出来：{reason}", "The tokens cannot be read: {reason}")
    hint = Text(
        "在修复之前不接受写入；服务的账户须能读取 tokens.json。已损坏时，请用"
        " mieco doctor --repair --from 从备份取回，没有备份时才删除它并重新发放令牌。",
        "Nothing can be written until that is mended: the account of the service must be able to"
        " read tokens.json. If it is broken, have 'mieco doctor --repair --from' take it from a"
        " backup; only without one, remove it and give out new tokens.",
    )


class NoRelease(ServiceError):
    code = "no-release"
    sentence = Text("{folder} 中还没有发布。", "Nothing has been published in {folder} yet.")
    hint = Text(
        "请先运行 mieco publish；也可以用 mieco pull 从另一个 mieco 取来。",
        "Run 'mieco publish' first. 'mieco pull' fetches what another mieco has published.",
    )


class BadRelease(ServiceError):
    code = "bad-release"
    sentence = Text("发布 {release} 已损坏：{reason}", "Release {release} is damaged: {reason}")
    hint = Text(
        "请运行 mieco doctor --repair，或用 mieco restore 从备份恢复。",
        "Run 'mieco doctor --repair', or restore a backup with 'mieco restore'.",
    )


class NewerRelease(BadRelease):
    code = "newer-release"
    sentence = Text(
        "发布 {release} 的格式是 {format}，本版 mieco 不认识。",
        "Release {release} has the format {format}, which this mieco does not know.",
    )
    hint = Text(
        "请使用 mieco {needed} 或更新的版本（docs/upgrading.md）。",
        "Use mieco {needed} or newer (docs/upgrading.md).",
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


class ExtraMissing(ServiceError):
    code = "extra-missing"
    sentence = Text(
        "没有安装 {package}，{command} 不能运行。",
        "{package} is not installed, so {command} cannot run.",
    )
    hint = Text("请运行 pip install 'mieco[{extra}]'。", "Run pip install 'mieco[{extra}]'.")


class BadInstallation(ServiceError):
    code = "bad-installation"
    sentence = Text(
        "mieco 自身的 {part} 有问题：{reason}", "A part of mieco itself, {part}, is wrong: {reason}"
    )
    hint = Text("请重新安装 mieco。", "Reinstall mieco.")


class ImportInterrupted(ServiceError):
    code = "import-interrupted"
    sentence = Text(
        "对文件的处理中断了，内容保持不变。",
        "The work on the files was interrupted; nothing has changed.",
    )
    hint = Text(
        "请重新上传；再次中断的话，多半是内存不够（MIECO_WRITER_MEMORY），请拆成几份分次导入。",
        "Upload them again; if it happens once more, there is probably not enough memory"
        " (MIECO_WRITER_MEMORY): import them in several parts.",
    )


class FileNotReady(ServiceError):
    code = "file-not-ready"
    sentence = Text(
        "文件还没有生成好。",
        "The file has not been made yet: it, or others before it, take a while.",
    )
    hint = Text("请稍后再取；已开始的会继续做完。", "Ask again shortly; what was begun goes on.")


class FileTimeout(ServiceError):
    code = "file-timeout"
    sentence = Text(
        "文件在 {seconds:g} 秒的时限内没有生成，已经停止。",
        "The file was not made within {seconds:g} seconds, and the work was stopped.",
    )
    hint = Text(
        "请管理员延长时限（MIECO_DUMP_TIMEOUT），或用命令行的 mieco dump、mieco diff 生成。",
        "The administrator can allow more time (MIECO_DUMP_TIMEOUT), or make it with 'mieco dump'"
        " or 'mieco diff' on the command line.",
    )


class FileNotMade(ServiceError):
    code = "file-not-made"
    sentence = Text(
        "生成文件的进程中断了（多半因为内存超限）。",
        "The process that made the file died (probably out of memory).",
    )
    hint = Text(
        "请稍后再取；再次中断的话，请管理员放宽内存（MIECO_WRITER_MEMORY）。",
        "Ask again in a minute; if it happens once more, the administrator can allow more memory"
        " (MIECO_WRITER_MEMORY).",
    )


class FileTooLarge(ServiceError):
    code = "file-too-large"
    sentence = Text(
        "文件超过为其保留的 {megabytes} MB 磁盘空间，没有生成。",
        "The file is larger than the {megabytes} MB of disk space kept for such files, and was"
        " not made.",
    )
    hint = Text(
        "请取单个图的文件，或请管理员增加空间（MIECO_DUMPS）；命令行的 mieco dump 没有这个限制。",
        "Take a single graph, or ask the administrator for more space (MIECO_DUMPS); 'mieco dump'"
        " on the command line knows no such limit.",
    )


class OriginAway(ServiceError):
    code = "origin-away"
    sentence = Text("从 {address} 取不到内容：{reason}。", "{address} cannot be reached: {reason}.")
    hint = Text(
        "已取到的部分都保留着，再次运行会接着取；现有发布保持不变。",
        "What was fetched is kept, and the next pull goes on from there; the current release"
        " stands.",
    )


class ChecksumWrong(ServiceError):
    code = "checksum-wrong"
    sentence = Text(
        "{address} 的文件 {file} 取了两次，内容都与校验和不符；现有发布保持不变。",
        "The file {file} of {address} was fetched twice and never had its checksum; the current"
        " release stands.",
    )
    hint = Text(
        "来源磁盘上的文件已损坏，或中间有代理改动了内容。",
        "It is damaged on the disk there, or a proxy on the way changes it.",
    )


class NoRoom(ServiceError):
    code = "no-room"
    sentence = Text(
        "{folder} 所在的磁盘空间不足，还需要 {megabytes} MB；现有发布保持不变。",
        "The disk of {folder} lacks {megabytes} MB; the current release stands.",
    )
    hint = Text(
        "请腾出空间后再次运行；已取到的部分都保留着。",
        "Make room and run it again; what was fetched is kept.",
    )


class BackupNotWritable(ServiceError):
    code = "backup-not-writable"
    sentence = Text(
        "备份目录 {folder} 不可写：{reason}", "The backups in {folder} cannot be written: {reason}"
    )
    hint = Text(
        "请检查磁盘是否已挂载、空间是否足够；已有的备份都完好，再次运行会接着做。",
        "See whether the disk is mounted and has room. The backups that are there are whole; run it"
        " again, and it goes on.",
    )


class BackupDamaged(ServiceError):
    code = "backup-damaged"
    sentence = Text(
        "{folder} 中的备份 {backup} 已损坏：{reason}",
        "The backup {backup} in {folder} is damaged: {reason}",
    )
    hint = Text(
        "请用 mieco verify 查看哪些备份完好，再用 --at 恢复其中之一。",
        "'mieco verify' tells which backups are whole; restore one of them with --at.",
    )
