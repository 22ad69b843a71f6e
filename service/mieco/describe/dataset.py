"""What the dataset is, in words: for its catalogue, its page and search engines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mieco.dumps.files import DumpFile
from mieco.dumps.forms import DATASET_FORMS, SYNTAXES, DumpForm
from mieco.errors import Text
from mieco.intake.link_targets import targets

TITLE: Final = Text(
    "mieco：中国市域产教联合体关联数据",
    "mieco: linked data on China's municipal industry-education consortia",
)
DESCRIPTION: Final = Text(
    "哪些园区、院校、企业和政府部门结成了市域产教联合体，怎样治理，留下了哪些证据。"
    "含描述它们的本体、核对数据的形状、可以提问的问题和由此推理得出的事实；"
    "每一条陈述都注明来源和等级。没有记录不等于不存在。",
    "Which parks, schools, firms and government bodies have formed municipal consortia, how they"
    " are governed, and what evidence there is; with the ontology that describes them, the shapes"
    " that data are checked against, the questions that can be asked, and the facts that follow."
    " Every statement has its source and grade. What is absent was not found; it may still exist.",
)
PROVENANCE: Final = Text(
    "事实摘自公开来源，逐条注明出处、等级和所在的行；各批次由谁、何时、从哪些文件导入，"
    "推理何时进行、用了哪些规则，均记在目录图中。",
    "The facts were taken from public sources, each with its source, grade and row; who brought"
    " which batch, when and from which files, and when and by which rules inference was run, is"
    " told in the catalogue graph.",
)
# GeoNames, country code CN.
CHINA: Final = "https://sws.geonames.org/1814991/"
# As in CITATION.cff; a test compares them.
CREATOR: Final = "The mieco developers"
KEYWORDS: Final = (
    Text("市域产教联合体", "municipal industry-education consortium"),
    Text("本体", "ontology"),
    Text("职业教育", "vocational education"),
    Text("产教融合", "industry-education integration"),
)


@dataclass(frozen=True, slots=True)
class Dump:
    """A form in which a whole release can be downloaded.

    ``file_type`` is the entry of its syntax in the European table of file types.
    """

    form: DumpForm
    file_type: str
    name: Text

    @property
    def media_type(self) -> str:
        """That of the syntax (IANA)."""
        return SYNTAXES[self.form.syntax].media_type

    @property
    def compression(self) -> str:
        """The media type of the compression (IANA)."""
        return self.form.media_type

    def path(self, number: int) -> str:
        """Where it is for the release of a number, below the address of the service."""
        return f"download/{number}/{DumpFile(number, None, self.form).name}"


_SYNTAXES: Final = {"nq": ("RDF_N_QUADS", "N-Quads"), "trig": ("RDF_TRIG", "TriG")}


def _dump(form: DumpForm) -> Dump:
    file_type, syntax = _SYNTAXES[form.syntax]
    zh, en = f"{syntax}，{form.compression} 压缩", f"{syntax}, compressed with {form.compression}"
    return Dump(form, file_type, Text(zh, en))


DUMPS: Final = tuple(map(_dump, DATASET_FORMS))


@dataclass(frozen=True, slots=True)
class Door:
    """A way for programs to reach the data: its paths below the address of the service."""

    key: str
    path: str
    description: str
    standard: str
    name: Text


DOORS: Final = (
    Door(
        "sparql",
        "sparql",
        "sparql",
        "https://www.w3.org/TR/sparql11-protocol/",
        Text("SPARQL 1.1 查询服务", "SPARQL 1.1 query service"),
    ),
    Door(
        "api",
        "",
        "openapi.json",
        "https://spec.openapis.org/oas/v3.1.0",
        Text("问题和数据的 HTTP 接口", "HTTP API of the questions and the data"),
    ),
    Door(
        "reconciliation",
        "reconcile",
        "reconcile",
        "https://reconciliation-api.github.io/specs/0.2/",
        Text("名称匹配服务（OpenRefine）", "Reconciliation service (OpenRefine)"),
    ),
)


# The vocabularies of others to which terms here are tied, by the namespace of their IRIs.
_VOCABULARIES: Final = {
    "https://schema.org/": "Schema.org",
    "http://www.w3.org/ns/org#": "The Organization Ontology",
    "http://www.w3.org/ns/prov#": "PROV-O",
    "http://www.w3.org/ns/sosa/": "SOSA",
    "http://www.w3.org/2004/02/skos/core#": "SKOS",
    "http://purl.org/dc/terms/": "DCMI Metadata Terms",
    "http://data.europa.eu/esco/model#": "ESCO",
    "http://data.europa.eu/snb/model/elm/": "European Learning Model",
    "https://purl.org/ctdl/terms/": "Credential Transparency Description Language",
}


def target_at(space: str) -> tuple[str, str]:
    """The name and home page of the dataset or vocabulary of a namespace, as far as known."""
    for target in targets().values():
        if target.prefix == space:
            return target.name.en, target.home
    return _VOCABULARIES.get(space, ""), ""
