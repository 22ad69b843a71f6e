"""Every setting once: its name, type, default and one sentence of help.

Each field of :class:`Settings` is also the environment variable ``MIECO_<NAME>``;
a command-line option wins over the environment, the environment over the default.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_type_hints

from platformdirs import user_data_path

from mieco.errors import Text
from mieco.setting_checks import check, parse, variable

DefaultGraph = Literal["union", "strict"]
CommandLanguage = Literal["", "zh", "en"]
EngineInference = Literal["sent", "there"]
LogForm = Literal["text", "json"]


@dataclass(frozen=True, slots=True)
class Help:
    """What a setting is for; a secret one is never printed."""

    text: Text
    secret: bool = False


def _about(zh: str, en: str, *, secret: bool = False) -> Help:
    return Help(Text(zh, en), secret)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The effective settings of one process.  Build it directly in tests.

    Raises :class:`~mieco.errors.BadSetting` for a value out of range.
    """

    host: Annotated[str, _about("服务监听的地址", "address the service listens on")] = "127.0.0.1"
    port: Annotated[int, _about("服务监听的端口", "port the service listens on")] = 8080
    base: Annotated[
        str,
        _about(
            "对外的地址，如 https://data.example.org/mieco；留空则随请求",
            "public address, such as https://data.example.org/mieco; empty: the request's own",
        ),
    ] = ""
    data: Annotated[Path, _about("存放发布的目录", "directory that holds the releases")] = field(
        default_factory=lambda: user_data_path("mieco", appauthor=False)
    )
    engine: Annotated[
        str,
        _about(
            "另一个引擎的 SPARQL 查询地址，查询由它计算；留空则用自带引擎",
            "SPARQL query address of another engine that evaluates all queries; empty: the own one",
        ),
    ] = ""
    engine_update: Annotated[
        str,
        _about(
            "该引擎的 SPARQL 更新地址；留空则由查询地址推得",
            "its address for SPARQL Update; empty: worked out from that for queries",
        ),
    ] = ""
    engine_kind: Annotated[
        str,
        _about(
            "该引擎的种类，见 docs/remote-engines.md；留空则自行辨认",
            "what that engine is (docs/remote-engines.md); empty: found out",
        ),
    ] = ""
    engine_user: Annotated[
        str, _about("该引擎的用户名（Basic 认证）", "user name at that engine (Basic)")
    ] = ""
    engine_password: Annotated[
        str, _about("该引擎的密码", "password at that engine", secret=True)
    ] = ""
    engine_token: Annotated[
        str, _about("该引擎的令牌（Bearer 认证）", "token at that engine (Bearer)", secret=True)
    ] = ""
    engine_header: Annotated[
        str,
        _about(
            "发给该引擎的另一个请求头，如 X-Api-Key: …",
            "another header of requests to that engine, such as X-Api-Key: …",
            secret=True,
        ),
    ] = ""
    engine_connections: Annotated[
        int,
        _about("同时交给该引擎的查询个数", "queries that are put to that engine at a time"),
    ] = 16
    engine_inference: Annotated[
        EngineInference,
        _about(
            "发布到该引擎时，推理结果由这里送去（sent）还是在那里算出（there）",
            "whether inferred facts are sent to that engine (sent) or worked out there (there)",
        ),
    ] = "sent"
    empty: Annotated[
        bool,
        _about("首次启动时不装入本体和数据", "start a new directory without ontology and data"),
    ] = False
    read_only: Annotated[
        bool,
        _about(
            "只读：不接受写入，也不在存放发布的目录中写任何文件",
            "take no changes, and write nothing into the directory that holds the releases",
        ),
    ] = False
    scratch: Annotated[
        str,
        _about(
            "只读时，临时文件和可以重新生成的文件所在的目录；空则为用户的缓存目录",
            "if read-only: directory of temporary files and of those that can be made again;"
            " empty: the user's cache directory",
        ),
    ] = ""
    default_graph: Annotated[
        DefaultGraph,
        _about(
            "查询的默认图：union 为各图合并（形状图除外），strict 为 SPARQL 原义",
            "default graph of a query: union (all graphs but the shapes) or strict (plain SPARQL)",
        ),
    ] = "union"
    rewrite: Annotated[
        bool,
        _about(
            "把查询改写成同义而更快的写法",
            "put queries in other words that mean the same and cost less",
        ),
    ] = True
    timeout: Annotated[float, _about("一次查询的时限（秒）", "deadline of a query, in seconds")] = (
        30.0
    )
    max_timeout: Annotated[
        float,
        _about(
            "请求可以用 timeout 参数要求的最长时限（秒）",
            "longest deadline that a request may ask for with its timeout parameter, in seconds",
        ),
    ] = 120.0
    workers: Annotated[int, _about("查询进程的个数", "number of query worker processes")] = max(
        4, os.cpu_count() or 4
    )
    memory: Annotated[
        int,
        _about(
            "一个发布的数据最多占用的内存（MB），放不下则从磁盘读取，有余则供长查询保留副本；"
            "0 为本机内存的一半，1 为总从磁盘读取",
            "memory for the data of a release, in MB, which stays on disk if that is too little;"
            " what is left is for the copies that long queries need; 0: half of the machine's,"
            " 1: always on disk",
        ),
    ] = 0
    worker_memory: Annotated[
        int,
        _about(
            "每个查询进程在数据之外可用的内存（MB）",
            "memory a query worker may use beyond the data, in MB",
        ),
    ] = 1024
    writer_memory: Annotated[
        int,
        _about(
            "写入进程可用的内存（MB），用于数据、变更和推理",
            "memory of the process that makes a change: data, change and inference, in MB",
        ),
    ] = 4096
    import_timeout: Annotated[
        float,
        _about(
            "处理一次导入的时限（秒）",
            "deadline of the work on an import, in seconds",
        ),
    ] = 900.0
    dumps: Annotated[
        int,
        _about(
            "为下载而生成的文件最多占用的磁盘空间（MB），久未使用的先删除",
            "disk space for files made to be downloaded, in MB; the longest unused give way",
        ),
    ] = 4096
    dump_timeout: Annotated[
        float,
        _about(
            "生成一个下载文件的时限（秒）",
            "deadline of making a file to be downloaded, in seconds",
        ),
    ] = 900.0
    queue: Annotated[
        int,
        _about(
            "最多有多少个查询排队等候",
            "number of queries that may wait for a worker",
        ),
    ] = 64
    max_query: Annotated[int, _about("查询文本的上限（kB）", "largest query text, in kB")] = 1024
    max_upload: Annotated[
        int, _about("更新或上传的图的上限（MB）", "largest update or uploaded graph, in MB")
    ] = 64
    cache: Annotated[
        int,
        _about(
            "缓存已作出的答案最多占用的内存（MB），0 则不缓存",
            "memory for finished answers that are kept, in MB; 0: none are kept",
        ),
    ] = 64
    warm: Annotated[
        bool,
        _about(
            "启动和发布之后，先把常用的页面和问题的答案备好",
            "make the pages and questions that everybody begins with after a start and a release",
        ),
    ] = True
    proxies: Annotated[
        str,
        _about(
            "反向代理所在的网段（CIDR），以逗号分隔；none 为没有；其 X-Forwarded-For 才算数",
            "networks (CIDR) of reverse proxies, separated by commas, whose X-Forwarded-For counts;"
            " none: nobody's",
        ),
    ] = "127.0.0.0/8,::1/128"
    client_requests: Annotated[
        int,
        _about(
            "每个来访地址每分钟最多的请求数，本机不计；0 则不限",
            "requests that an address, but this machine, may send in a minute; 0: any number",
        ),
    ] = 3000
    client_concurrent: Annotated[
        int,
        _about(
            "每个来访地址同时进行的请求数，0 则不限",
            "requests of an address that may be under way at once; 0: any number",
        ),
    ] = 32
    stop_timeout: Annotated[
        float,
        _about(
            "停止时，正在进行的请求还有多长时间做完（秒）",
            "how long requests under way have to end when the service stops, in seconds",
        ),
    ] = 35.0
    log: Annotated[
        LogForm,
        _about(
            "日志的形式：text 供人阅读，json 每行一个 JSON 对象",
            "form of the log: text for people, or json, an object on each line",
        ),
    ] = "text"
    access_log: Annotated[bool, _about("每个请求记一行日志", "log a line for each request")] = False
    slow: Annotated[
        float,
        _about(
            "超过这么多秒的请求连同查询文本记入日志，0 则不记",
            "log requests that take longer than so many seconds, with their queries; 0: none",
        ),
    ] = 1.0
    metrics_networks: Annotated[
        str,
        _about(
            "除本机和管理员外，可以读取 /metrics 的网段（CIDR），以逗号分隔",
            "networks (CIDR) that may read /metrics beside this machine and administrators,"
            " separated by commas",
        ),
    ] = ""
    max_answer: Annotated[int, _about("答案的上限（MB）", "largest answer, in MB")] = 1024
    language: Annotated[
        CommandLanguage,
        _about("命令行的语言，留空则随系统", "language of the command line; empty: the locale's"),
    ] = ""
    federation: Annotated[
        str,
        _about(
            "SERVICE 和 LOAD 可以访问的主机，以逗号分隔；空则都不可以",
            "hosts that SERVICE and LOAD may reach, separated by commas; empty: none",
        ),
    ] = ""
    federation_networks: Annotated[
        str,
        _about(
            "这些主机可以使用的内网网段（CIDR），以逗号分隔；空则只允许公网地址",
            "private networks (CIDR) in which those hosts may be, separated by commas;"
            " empty: public addresses only",
        ),
    ] = ""
    owlapi: Annotated[
        str,
        _about(
            "检查本体所用 OWL API 的类路径（Java 写法）",
            "class path of the OWL API, as Java writes it, for the checks of the ontology",
        ),
    ] = "/usr/share/java/*"
    map_tiles: Annotated[
        str,
        _about(
            "地图底图瓦片的地址，含 {z}、{x}、{y}；须同时设 MIECO_MAP_APPROVAL",
            "address of the tiles below the map, with {z}, {x} and {y};"
            " needs MIECO_MAP_APPROVAL beside it",
        ),
    ] = ""
    map_boundaries: Annotated[
        str,
        _about(
            "地图边界的 GeoJSON 文件；须同时设 MIECO_MAP_APPROVAL",
            "GeoJSON file of boundaries on the map; needs MIECO_MAP_APPROVAL beside it",
        ),
    ] = ""
    map_approval: Annotated[
        str,
        _about(
            "底图或边界的审图号，印在地图上",
            "review number (审图号) of the tiles or boundaries, printed on the map",
        ),
    ] = ""
    map_attribution: Annotated[
        str,
        _about(
            "底图或边界的署名，印在地图上",
            "whom the tiles or boundaries are from, printed on the map",
        ),
    ] = ""
    token: Annotated[
        str,
        _about(
            "管理员令牌；也可以用 mieco token create 发放各种角色的令牌",
            "an administrator's token; 'mieco token create' gives out tokens of every role",
            secret=True,
        ),
    ] = ""

    def __post_init__(self) -> None:
        check(
            self,
            {
                "default_graph": get_args(DefaultGraph),
                "language": get_args(CommandLanguage),
                "engine_inference": get_args(EngineInference),
                "log": get_args(LogForm),
            },
        )


def _types() -> dict[str, tuple[Any, Help]]:
    hints = get_type_hints(Settings, include_extras=True)
    return {f.name: get_args(hints[f.name])[:2] for f in fields(Settings)}


def read_settings(
    environment: Mapping[str, str], options: Mapping[str, object] | None = None
) -> Settings:
    """Settings from ``MIECO_*`` variables, overridden by the options that are not ``None``.

    Raises :class:`~mieco.errors.BadSetting` for an unusable value.
    """
    values: dict[str, Any] = {
        name: parse(name, kind, environment[variable(name)])
        for name, (kind, _) in _types().items()
        if environment.get(variable(name), "") != ""
    }
    values.update({k: v for k, v in (options or {}).items() if v is not None})
    return Settings(**values)


def without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment for a process that reads what strangers wrote."""
    secret = {variable(name) for name, (_, about) in _types().items() if about.secret}
    return {name: value for name, value in environment.items() if name not in secret}


def describe(settings: Settings) -> Iterator[tuple[str, str, str, Text]]:
    """(variable, effective value, default, help) of every setting; secrets are masked."""
    defaults = Settings()
    for name, (_, about) in _types().items():
        shown, default = str(getattr(settings, name)), str(getattr(defaults, name))
        if about.secret:
            shown = "********" if shown else ""
        yield variable(name), shown, default, about.text
