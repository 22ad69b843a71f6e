"""Every error mieco shows to a person, once.

    MiecoError
    ├── UserError               the asker can mend it                (exit code 2)
    │   ├── QuerySyntaxError        the query is not SPARQL
    │   ├── QueryRefused            the query asks for what is not allowed here
    │   ├── SearchMisused           the query searches in a way that there is not
    │   ├── DeadlineExceeded        the query ran out of time
    │   ├── AnswerTooLarge          the answer outgrew the limit
    │   ├── TooLargeForExcel        a sheet cannot hold the answer
    │   ├── RequestTooLarge         the request itself is too large
    │   ├── TooManyRequests         an address sends too many, or too many at once
    │   ├── TooManyWaiting          a holder's deliveries fill his room and have yet to be worked on
    │   ├── TooManyQueries          a batch has more items than are taken at once
    │   ├── RequestTimeout          the request did not arrive in time
    │   ├── NotAcceptable           no format that the asker accepts
    │   ├── UnsupportedMediaType    the body is of a type that is not read here
    │   ├── BadRequest              the request lacks or repeats something
    │   ├── BadRdf                  a document is not the RDF that it says it is
    │   ├── Unauthorised            no token, or a wrong one
    │   ├── WritingDisabled         this service takes no changes
    │   ├── ReadOnly                this service takes none, another does
    │   ├── PreconditionFailed      somebody else changed it meanwhile
    │   ├── ReservedGraph           the service makes this graph itself
    │   ├── RemoteFailed            a host of SERVICE or LOAD did not answer usably
    │   ├── BadParameter            a question's parameter is missing or wrong
    │   ├── NotFound                nothing of that name
    │   ├── BadSetting              a setting has an unusable value
    │   ├── BadInput                a file is missing, broken or of the wrong shape
    │   ├── DataRefused             the data break the shapes
    │   ├── ImportTimeout           the work on them ran out of time
    │   ├── ImportNotReady          they are refused, published already, or still being read
    │   ├── ImportStale             the data have changed since their preview
    │   ├── ReleaseMoved            the release to undo is not the current one
    │   ├── Forbidden               the token does not allow it
    │   ├── CrossOrigin             a page of another site sent the request
    │   ├── NothingToUndo           no release before the current one
    │   ├── OntologyRefused         the ontology has errors
    │   ├── NoOrigin                no mieco that releases can be fetched from
    │   ├── ReleaseDiffers          a release has the number of another there
    │   ├── NoBackup                no backup of that name, or none at all
    │   ├── NotEmpty                a backup is restored into an empty directory only
    │   ├── AxiomUnknown            an axiom of a kind that no rule is known for
    │   └── Inconsistent            the data contradict the ontology
    └── ServiceError            the operator can mend it             (exit code 3)
        ├── Overloaded              every worker is busy
        ├── Abandoned               the asker has gone
        ├── WorkerLost              a worker died of a query (memory, depth)
        ├── ImportInterrupted       the process that read delivered files died
        ├── EngineUnavailable       the engine cannot start
        ├── EngineUnreachable       the engine of others is out of reach
        ├── EngineLost              its answer to a change did not come
        ├── EngineUncertain         it may have switched to a release, or not
        ├── EngineFailed            it gave no answer of use
        ├── EngineRefused           it does not let us
        ├── EngineBehind            it has another release
        ├── EngineNotWritable       nothing can be published there
        ├── PortInUse               somebody else listens there
        ├── TokensUnreadable        the file of the tokens is broken
        ├── NotWritable             a directory cannot be written
        ├── NoRelease               nothing has been published yet
        ├── BadRelease              a release on disk is damaged
        │   └── NewerRelease        it was made by a later mieco, in another format
        ├── FileNotReady            a file to fetch is still being made
        ├── FileTimeout             making it ran out of time
        ├── FileNotMade             the process that made it died
        ├── FileTooLarge            it outgrew the disk space kept for such files
        ├── OriginAway              the mieco to fetch from does not answer
        ├── ChecksumWrong           what it gave is not what it lists
        ├── NoRoom                  the disk has no room for it
        ├── BackupNotWritable       the folder of the backups cannot be written
        ├── BackupDamaged           a backup is not whole
        ├── NoJava                  HermiT needs Java
        ├── ToolMissing             a check needs a program that is not there
        ├── ExtraMissing        a command needs an extra that is not installed
        └── BadInstallation         a part of mieco itself is missing or wrong

An error carries the *facts* of its case; the sentence is made from them in the
reader's language.  ``web/problems.py`` alone turns errors into HTTP, ``cli.py``
alone into exit codes.
"""

from __future__ import annotations

from mieco.errors.base import (
    SILENCE,
    Fact,
    Language,
    MiecoError,
    ServiceError,
    Text,
    UserError,
)
from mieco.errors.service import (
    Abandoned,
    BackupDamaged,
    BackupNotWritable,
    BadInstallation,
    BadRelease,
    ChecksumWrong,
    EngineBehind,
    EngineFailed,
    EngineLost,
    EngineNotWritable,
    EngineRefused,
    EngineUnavailable,
    EngineUncertain,
    EngineUnreachable,
    ExtraMissing,
    FileNotMade,
    FileNotReady,
    FileTimeout,
    FileTooLarge,
    ImportInterrupted,
    NewerRelease,
    NoJava,
    NoRelease,
    NoRoom,
    NotWritable,
    OriginAway,
    Overloaded,
    PortInUse,
    TokensUnreadable,
    ToolMissing,
    WorkerLost,
)
from mieco.errors.user import (
    AnswerTooLarge,
    AxiomUnknown,
    BadInput,
    BadParameter,
    BadRdf,
    BadRequest,
    BadSetting,
    CrossOrigin,
    DataRefused,
    DeadlineExceeded,
    Forbidden,
    ImportNotReady,
    ImportStale,
    ImportTimeout,
    Inconsistent,
    NoBackup,
    NoOrigin,
    NotAcceptable,
    NotEmpty,
    NotFound,
    NothingToUndo,
    OntologyRefused,
    PreconditionFailed,
    QueryRefused,
    QuerySyntaxError,
    ReadOnly,
    ReleaseDiffers,
    ReleaseMoved,
    RemoteFailed,
    RequestTimeout,
    RequestTooLarge,
    ReservedGraph,
    SearchMisused,
    TooLargeForExcel,
    TooManyQueries,
    TooManyRequests,
    TooManyWaiting,
    Unauthorised,
    UnsupportedMediaType,
    WritingDisabled,
)

__all__ = [
    "SILENCE",
    "Abandoned",
    "AnswerTooLarge",
    "AxiomUnknown",
    "BackupDamaged",
    "BackupNotWritable",
    "BadInput",
    "BadInstallation",
    "BadParameter",
    "BadRdf",
    "BadRelease",
    "BadRequest",
    "BadSetting",
    "ChecksumWrong",
    "CrossOrigin",
    "DataRefused",
    "DeadlineExceeded",
    "EngineBehind",
    "EngineFailed",
    "EngineLost",
    "EngineNotWritable",
    "EngineRefused",
    "EngineUnavailable",
    "EngineUncertain",
    "EngineUnreachable",
    "ExtraMissing",
    "Fact",
    "FileNotMade",
    "FileNotReady",
    "FileTimeout",
    "FileTooLarge",
    "Forbidden",
    "ImportInterrupted",
    "ImportNotReady",
    "ImportStale",
    "ImportTimeout",
    "Inconsistent",
    "Language",
    "MiecoError",
    "NewerRelease",
    "NoBackup",
    "NoJava",
    "NoOrigin",
    "NoRelease",
    "NoRoom",
    "NotAcceptable",
    "NotEmpty",
    "NotFound",
    "NotWritable",
    "NothingToUndo",
    "OntologyRefused",
    "OriginAway",
    "Overloaded",
    "PortInUse",
    "PreconditionFailed",
    "QueryRefused",
    "QuerySyntaxError",
    "ReadOnly",
    "ReleaseDiffers",
    "ReleaseMoved",
    "RemoteFailed",
    "RequestTimeout",
    "RequestTooLarge",
    "ReservedGraph",
    "SearchMisused",
    "ServiceError",
    "Text",
    "TokensUnreadable",
    "TooLargeForExcel",
    "TooManyQueries",
    "TooManyRequests",
    "TooManyWaiting",
    "ToolMissing",
    "Unauthorised",
    "UnsupportedMediaType",
    "UserError",
    "WorkerLost",
    "WritingDisabled",
]
