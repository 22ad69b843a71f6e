"""Consortium data of any size in the project's vocabulary, as N-Triples.

    python benchmarks/generated.py 1000000 > generated.nt

The same number gives the same triples.  They are made up, and only for timing: members,
roles, places, activities, agreements, observations, rows with sources and grades, and labels
in both languages, in about the proportions of the project's own data.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator

BASE = "https://w3id.org/mieco/"
_MEMBERS = (
    ["Enterprise"] * 9
    + ["HigherVocationalCollege"] * 2
    + ["SecondaryVocationalSchool", "University", "ResearchInstitute", "LocalGovernment"]
    + ["IndustrialParkAuthority", "IndustryAssociation"]
)
_GRADES = ("official", "institution", "media", "copy")
# So many of the members are in other consortia, too.
_SHARED = 0.33
_SECTORS = 20
_PLACES = 400
_SOURCES = 500


def lines(triples: int) -> Iterator[bytes]:
    """Lines of N-Triples, at least so many, each ending with a line feed."""
    chance = random.Random(triples)
    written = 0
    for part in _parts(chance):
        for line in part:
            yield line
            written += 1
        if written >= triples:
            return


def _parts(chance: random.Random) -> Iterator[list[bytes]]:
    yield [
        _link(f"id/place/p{n}", "mieco:partOf", f"id/place/p{(n - 1) // 10}")
        for n in range(1, _PLACES)
    ]
    yield [
        line
        for n in range(_SOURCES)
        for line in (
            _type(f"source/g{n}", "Source"),
            _link(f"source/g{n}", "mieco:hasGrade", f"concept/grade/{chance.choice(_GRADES)}"),
        )
    ]
    number = 0
    while True:
        number += 1
        yield list(_consortium(number, chance))


def _consortium(number: int, chance: random.Random) -> Iterator[bytes]:
    this = f"id/consortium/g{number}"
    place = f"id/place/p{chance.randrange(40, _PLACES)}"
    yield _type(this, "Consortium")
    yield from _labels(this, f"第{number}市域产教联合体", f"Consortium {number}")
    yield _link(this, "mieco:locatedIn", place)
    yield _link(this, "mieco:servesIndustry", f"concept/industry/g{chance.randrange(_SECTORS)}")
    yield from _record(this, "consortia", number, chance)
    park = f"id/organisation/park-g{number}"
    yield _type(park, "IndustrialPark")
    yield from _labels(park, f"第{number}产业园区", f"Industrial park {number}")
    members = [(park, "host-park")]
    for place_in_list, kind in enumerate(_MEMBERS):
        shared = chance.random() < _SHARED
        key = chance.randrange(1, number + 1) if shared else number
        party = f"id/organisation/g{key}-{place_in_list}"
        if key == number:
            yield _type(party, kind)
            yield from _labels(party, f"单位{key}之{place_in_list}", f"Body {key}-{place_in_list}")
            yield _link(party, "mieco:locatedIn", place)
        role = ("lead", "vice-chair-unit", "council-unit", "member")[min(place_in_list % 5, 3)]
        members.append((party, role))
    for place_in_list, (party, role) in enumerate(members):
        node = f"id/membership/g{number}-{place_in_list}"
        yield _type(node, "Membership")
        yield _link(node, "mieco:ofConsortium", this)
        yield _link(node, "mieco:party", party)
        yield _link(node, "mieco:role", f"concept/role/{role}")
        yield from _record(node, "memberships", place_in_list, chance)
    for place_in_list in range(4):
        activity = f"id/activity/g{number}-{place_in_list}"
        yield _type(activity, "JointActivity")
        yield from _labels(activity, f"第{number}之活动", f"Activity of {number}")
        yield _link(activity, "mieco:partOf", this)
        for party, _ in chance.sample(members, 3):
            yield _link(activity, "mieco:organisedBy", party)
        yield from _record(activity, "activities", place_in_list, chance)
    agreement = f"id/document/g{number}"
    yield _type(agreement, "CooperationAgreement")
    yield _link(agreement, "mieco:concerns", this)
    for party, _ in chance.sample(members, 4):
        yield _link(agreement, "mieco:signatory", party)
    for year in range(2020, 2025):
        observation = f"id/observation/g{number}-{year}"
        yield _type(observation, "IndicatorObservation")
        yield _link(observation, "mieco:observes", "concept/indicator/members-total")
        yield _link(observation, "mieco:concerns", this)
        yield _value(observation, "mieco:year", f'"{year}"^^<{_XSD}integer>')
        yield _value(observation, "mieco:value", f'"{chance.randrange(500)}.0"^^<{_XSD}decimal>')


def _record(thing: str, table: str, row: int, chance: random.Random) -> Iterator[bytes]:
    record = f"id/record/{thing.removeprefix('id/')}"
    yield _type(record, "Record")
    yield _link(record, "mieco:describes", thing)
    yield _link(record, "prov:wasDerivedFrom", f"source/g{chance.randrange(_SOURCES)}")
    yield _value(record, "mieco:tableName", f'"{table}"')
    yield _value(record, "mieco:rowNumber", f'"{row}"^^<{_XSD}integer>')


def _labels(thing: str, zh: str, en: str) -> Iterator[bytes]:
    yield _value(thing, "rdfs:label", f'"{zh}"@zh')
    yield _value(thing, "rdfs:label", f'"{en}"@en')


_XSD = "http://www.w3.org/2001/XMLSchema#"
_NAMESPACES = {
    "mieco": f"{BASE}ontology#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
}


def _value(subject: str, predicate: str, value: str) -> bytes:
    prefix, _, name = predicate.partition(":")
    return f"<{BASE}{subject}> <{_NAMESPACES[prefix]}{name}> {value} .\n".encode()


def _link(subject: str, predicate: str, value: str) -> bytes:
    return _value(subject, predicate, f"<{BASE}{value}>")


def _type(subject: str, kind: str) -> bytes:
    return _link(subject, "rdf:type", f"ontology#{kind}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("triples", type=int, help="how many")
    sys.stdout.buffer.writelines(lines(parser.parse_args().triples))
