"""A client of a running service, for programs and notebooks (docs/client.md).

    from mieco.client import Client

    client = Client("http://127.0.0.1:8080")
    for row in client.ask("q01", consortium="深圳市域产教联合体"):
        print(row["as"], row["actor"])

It needs SPARQLWrapper alone, nothing of the service: no other part of mieco but the pairs of
sentences in :mod:`mieco.errors` is imported here.
"""

from mieco.client.answers import (
    Answer,
    Entity,
    Hit,
    Parameter,
    Question,
    Release,
    Source,
    Statement,
    Support,
    WhyEmpty,
)
from mieco.client.client import Client
from mieco.client.failures import (
    BadAddress,
    ClientError,
    CutOff,
    Failed,
    NotMieco,
    PandasMissing,
    Refused,
    TimedOut,
    Unavailable,
    Unreachable,
)
from mieco.client.tables import Row, Table
from mieco.client.values import Value

__all__ = [
    "Answer",
    "BadAddress",
    "Client",
    "ClientError",
    "CutOff",
    "Entity",
    "Failed",
    "Hit",
    "NotMieco",
    "PandasMissing",
    "Parameter",
    "Question",
    "Refused",
    "Release",
    "Row",
    "Source",
    "Statement",
    "Support",
    "Table",
    "TimedOut",
    "Unavailable",
    "Unreachable",
    "Value",
    "WhyEmpty",
]
