"""The forms of a dump: how RDF is written down, and how that is compressed."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Final, Literal, cast

import zstandard
from pyoxigraph import RdfFormat

Compression = Literal["gzip", "zstd", "none"]

# Fast, and within a few per cent of what the slow levels reach.
_GZIP_LEVEL = 6
_ZSTD_LEVEL = 6

# RDF 1.1: two formats of datasets, which take single graphs too, and two of graphs alone.
SYNTAXES: Final[Mapping[str, RdfFormat]] = {
    "nq": RdfFormat.N_QUADS,
    "trig": RdfFormat.TRIG,
    "nt": RdfFormat.N_TRIPLES,
    "ttl": RdfFormat.TURTLE,
}
DATASET_SYNTAXES: Final = tuple(name for name, form in SYNTAXES.items() if form.supports_datasets)

# By the extension of a file name: the compression, and its media type (RFC 6713, RFC 8878).
EXTENSIONS: Final[Mapping[Compression, str]] = {"gzip": "gz", "zstd": "zst"}
MEDIA_TYPES: Final[Mapping[Compression, str]] = {
    "gzip": "application/gzip",
    "zstd": "application/zstd",
}


@dataclass(frozen=True, slots=True)
class DumpForm:
    """A syntax by its name in :data:`SYNTAXES`, and a compression."""

    syntax: str
    compression: Compression

    @property
    def extension(self) -> str:
        return f"{self.syntax}.{EXTENSIONS[self.compression]}"

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES[self.compression]


DATASET_FORMS: Final = tuple(
    DumpForm(syntax, compression) for syntax in DATASET_SYNTAXES for compression in EXTENSIONS
)
GRAPH_FORMS: Final = tuple(
    DumpForm(syntax, compression) for syntax in SYNTAXES for compression in EXTENSIONS
)


@contextmanager
def compressed(out: IO[bytes], compression: Compression) -> Iterator[IO[bytes]]:
    """A file whose bytes go into another one compressed; the same bytes give the same bytes."""
    match compression:
        case "none":
            yield out
        case "gzip":
            # Neither a name nor a time in the header (RFC 1952 §2.3.1).
            with gzip.GzipFile("", "wb", _GZIP_LEVEL, out, mtime=0) as packed:
                yield cast("IO[bytes]", packed)
        case "zstd":
            compressor = zstandard.ZstdCompressor(level=_ZSTD_LEVEL, write_checksum=True)
            with compressor.stream_writer(out, closefd=False) as packed:
                yield cast("IO[bytes]", packed)
