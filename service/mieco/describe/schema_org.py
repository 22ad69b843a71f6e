"""The dataset in the words of schema.org, for search engines of datasets."""

from __future__ import annotations

from typing import Any

from mieco.describe.dataset import (
    CHINA,
    CREATOR,
    DESCRIPTION,
    DUMPS,
    KEYWORDS,
    TITLE,
)
from mieco.describe.statements import DATASET
from mieco.errors import Language, Text
from mieco.manifest import Manifest
from mieco.terms import LICENSE


def dataset_in_schema_org(manifest: Manifest, root: str, language: Language) -> dict[str, Any]:
    """A schema:Dataset for a page of the service at ``root``, which ends with a slash."""
    creator = {"@type": "Organization", "name": CREATOR}
    return {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "@id": DATASET.value,
        "name": TITLE.in_(language),
        "alternateName": TITLE.in_("en" if language == "zh" else "zh"),
        "description": DESCRIPTION.in_(language),
        "url": f"{root}catalogue",
        "identifier": DATASET.value,
        "version": str(manifest.number),
        "dateModified": manifest.created,
        "license": LICENSE,
        "isAccessibleForFree": True,
        "creator": creator,
        "publisher": creator,
        "inLanguage": ["zh", "en"],
        "keywords": [keyword.in_(language) for keyword in KEYWORDS],
        "spatialCoverage": {
            "@type": "Place",
            "name": Text("中国", "China").in_(language),
            "sameAs": CHINA,
        },
        "distribution": [
            {
                "@type": "DataDownload",
                "name": dump.name.in_(language),
                "contentUrl": root + dump.path(manifest.number),
                "encodingFormat": [dump.media_type, dump.compression],
            }
            for dump in DUMPS
        ],
        "includedInDataCatalog": {
            "@type": "DataCatalog",
            "name": TITLE.in_(language),
            "url": root,
        },
    }
