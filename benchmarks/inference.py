"""Inference over consortium data of several sizes, and over the project's own release.

    python benchmarks/inference.py [--large] [--seconds 180]

Prints Markdown: the compiled rules over 10,000 to a million triples (10 million with
``--large``), other reasoners over the same triples, a small change on disk, and how long
``why`` takes.  Whatever must come out the same by two routes is compared, triple by triple;
a difference ends the run.  The data are those of ``generated.py`` with the project's
ontology.

The other reasoners are left out where they are not installed (``pip install owlrl==7.6.2
reasonable==0.4.4``); each has ``--seconds`` for a size.  OWL cannot say what the queries of
``queries/rules/`` say, so they are given the results of these.  ``reasonable`` knows no
property chains: it must find nothing that the rules do not find, but it finds less.

Each measurement has a process of its own.  One that takes less than ten seconds is made three
times, and the medians are told.
"""

from __future__ import annotations

import argparse
import multiprocessing
import platform
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Collection
from pathlib import Path
from typing import Any

import generated
import numpy as np
import pyoxigraph
from measuring import QUICK, Clock, Figures, apart, peak, repeated
from other_reasoners import PEERS, by_peer
from pyoxigraph import NamedNode, Quad, RdfFormat, Store, parse

from mieco import content
from mieco.delta import Delta
from mieco.inference import compiled_rules, rules_of
from mieco.reason import facts as arrays
from mieco.reason.columns import Encoded, facts_in, joined
from mieco.reason.dictionary import Dictionary
from mieco.reason.facts import Facts, Saved
from mieco.reason.fixpoint import Fixpoint
from mieco.reason.materialise import _load, _published, materialise, read_asserted
from mieco.reason.reading import read_columns
from mieco.reason.ruleset import RuleSet
from mieco.reason.why import Explainer
from mieco.terms import BASE, INFERRED_GRAPH, MIECO, ONTOLOGY_GRAPH, RDF_TYPE

INFERRED, ONTOLOGY = NamedNode(INFERRED_GRAPH), NamedNode(ONTOLOGY_GRAPH)
DATA = NamedNode(BASE + "graph/data/generated")
SIZES, LARGE, CHANGED = (10_000, 100_000, 1_000_000), 10_000_000, 1_000_000
SAMPLE = 400


def main() -> None:
    """Measures everything and prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--large", action="store_true", help="10 million triples, too")
    parser.add_argument("--seconds", type=float, default=180.0, help="for each other reasoner")
    options = parser.parse_args()
    sizes = (*SIZES, LARGE) if options.large else SIZES
    columns, change = [], {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        apart(write_rules, folder)
        for size in sizes:
            apart(write_data, folder, size)
            column = repeated(from_text, folder, size) | repeated(from_arrays, folder, size)
            if size == CHANGED:
                change = repeated(change_on_disk, folder, size)
            for peer, most in PEERS.items():
                if size <= most:
                    column |= by_peer(peer, folder, size, options.seconds)
            columns.append(column)
            print(size, column, change, file=sys.stderr)
            for path in folder.glob(f"{size}.*"):
                path.unlink()
        explained = apart(explain, folder)
    print_tables(sizes, columns, change, explained)


def print_tables(
    sizes: Collection[int], columns: list[dict[str, Any]], change: Figures, explained: Figures
) -> None:
    """The Markdown: one table of sizes, one of the rest."""
    print(
        f"Python {platform.python_version()}, numpy {np.__version__}, pyoxigraph "
        f"{pyoxigraph.__version__}, {multiprocessing.cpu_count()} processors.\n"
    )
    print("|" + "".join(f" | {size:,}" for size in sizes) + " |")
    print("|---" * (len(columns) + 1) + "|")
    for name in dict.fromkeys(name for column in columns for name in column):
        print(f"| {name} |" + "".join(f" {told(column.get(name, ''))} |" for column in columns))
    print("\n| | |\n|---|---|")
    for name, value in (change | explained).items():
        print(f"| {name} | {told(value)} |")


def told(value: float | str) -> str:
    """A figure for readers."""
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if value == int(value) or value > 100 else f"{value:.2f}"  # noqa: PLR2004


# ----------------------------------------------------------------------------- inputs


def write_rules(folder: Path) -> None:
    """The rules as a publish compiles them, and the ontology as N-Triples."""
    store = Store()
    for path in content.ontology_files().loaded:
        # Blank nodes of two modules must not become one.
        triples = parse(path=path, format=RdfFormat.TURTLE, rename_blank_nodes=True)
        store.extend(Quad(t.subject, t.predicate, t.object, ONTOLOGY) for t in triples)
    rules = compiled_rules(store)
    (folder / "rules.json").write_text(rules.to_json(), encoding="utf-8")
    with (folder / "ontology.nt").open("wb") as out:
        store.dump(out, RdfFormat.N_TRIPLES, from_graph=ONTOLOGY)


def write_data(folder: Path, size: int) -> None:
    """The ontology and so many triples of data as one text."""
    with (folder / f"{size}.nt").open("wb") as out:
        out.write((folder / "ontology.nt").read_bytes())
        out.writelines(generated.lines(size))


def rules_in(folder: Path) -> RuleSet:
    """The compiled rules."""
    return RuleSet.of_json((folder / "rules.json").read_text(encoding="utf-8"))


# -------------------------------------------------------------------- the compiled rules


def must_equal(what: str, one: Facts, other: Facts) -> None:
    """Ends the run if the facts are not the same."""
    for mine, its in ((one.classes, other.classes), (one.properties, other.properties)):
        for name in mine.keys() | its.keys():
            if not np.array_equal(mine.get(name, arrays.NONE), its.get(name, arrays.NONE)):
                sys.exit(f"{what}: {name} differs")


def from_text(folder: Path, size: int) -> Figures:
    """From N-Triples to a store that holds what follows."""
    rules, dictionary = rules_in(folder), Dictionary()
    _ = rules.inferring, rules.contradicting, rules.predicates
    clock = Clock()
    with (folder / f"{size}.nt").open("rb") as lines:
        columns = joined(read_columns(lines, dictionary))
    asserted = facts_in(columns, rules.predicates, dictionary)
    reading = clock()
    inferred, clashing = conclusions(rules, asserted, dictionary)
    running, most = clock(), peak()
    store = Store()
    clock()
    _load(store, inferred, dictionary)
    loading = clock()
    if clashing:
        sys.exit(f"{clashing} contradictions in the generated data")
    must_equal("loaded and inferred", inferred_in(store, rules, dictionary), inferred)
    Saved(dictionary, asserted, inferred).write(folder / f"{size}.npz")
    with (folder / f"{size}.nt").open("rb") as lines:
        triples = sum(1 for _ in lines)
    return {
        "asserted triples": triples,
        "of them used by the rules": len(asserted),
        "inferred triples": len(inferred),
        "reading and encoding, s": reading,
        "rules and contradictions, s": running,
        "loading into a store in memory, s": loading,
        "in all, s": reading + running + loading,
        "peak memory without the store, MB": round(most),
    }


def conclusions(rules: RuleSet, asserted: Facts, dictionary: Dictionary) -> tuple[Facts, int]:
    """What follows and is not asserted, and how many rules are contradicted."""
    fixpoint = Fixpoint(asserted, dictionary)
    fixpoint.run(rules.inferring)
    inferred = arrays.difference(_published(fixpoint.facts()), asserted)
    return inferred, len(list(fixpoint.contradictions(rules.contradicting)))


def inferred_in(store: Store, rules: RuleSet, dictionary: Dictionary) -> Facts:
    """The facts in the inferred graph of a store."""
    columns = Encoded(store, dictionary).columns(INFERRED)
    return _published(facts_in(columns, rules.predicates, dictionary))


def from_arrays(folder: Path, size: int) -> Figures:
    """The same from the arrays that lie beside a release."""
    rules = rules_in(folder)
    _ = rules.inferring, rules.contradicting
    clock = Clock()
    saved = Saved.read(folder / f"{size}.npz")
    reading = clock()
    inferred, _ = conclusions(rules, saved.asserted, saved.dictionary)
    running = clock()
    must_equal("recomputed and first", inferred, saved.inferred)
    return {"again: reading the saved arrays, s": reading, "again: rules, s": running}


def change_on_disk(folder: Path, size: int) -> Figures:
    """A hundred triples changed in a store on disk, until its inferred graph is written."""
    rules = rules_in(folder)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        store = Store(place)
        store.bulk_load(
            path=folder / f"{size}.nt", format=RdfFormat.N_TRIPLES, to_graph=DATA, lenient=True
        )
        materialise(store, rules).saved.write(Path(place) / "facts.npz")
        store.optimize()
        delta = new_memberships(store)
        clock = Clock()
        before = Saved.read(Path(place) / "facts.npz")
        reading = clock()
        for quad in delta.removed:
            store.remove(quad)
        store.extend(delta.added)
        writing = clock()
        made = materialise(store, rules, before, delta).saved
        store.flush()
        materialising = clock()
        asserted = read_asserted(Encoded(store, made.dictionary), rules.predicates)
        inferred, _ = conclusions(rules, asserted, made.dictionary)
        stored = inferred_in(store, rules, made.dictionary)
        must_equal("inferred by the change and in full", made.inferred, inferred)
        must_equal("written by the change and in full", stored, inferred)
        gained = len(arrays.difference(inferred, before.inferred))
        lost = len(arrays.difference(before.inferred, inferred))
    changed = f"change of {len(delta)} in {size:,} triples on disk"
    return {
        f"{changed}: inferred triples gained": gained,
        f"{changed}: inferred triples lost": lost,
        f"{changed}: reading the saved arrays, s": reading,
        f"{changed}: writing the change itself, s": writing,
        f"{changed}: from the change to the inferred graph written, s": materialising,
    }


def new_memberships(store: Store) -> Delta:
    """Fifteen members more, and forty statements on members fewer."""
    party, role = NamedNode(MIECO + "party"), NamedNode(MIECO + "role")
    chance = random.Random(0)
    known = sorted(store.quads_for_pattern(None, party, None, DATA), key=str)
    added = set()
    for number in range(15):
        node = NamedNode(f"{BASE}id/membership/new-{number}")
        consortium = NamedNode(f"{BASE}id/consortium/g{number + 1}")
        kind = NamedNode(MIECO + "Membership")
        lead = NamedNode(f"{BASE}concept/role/lead")
        added |= {
            Quad(node, NamedNode(RDF_TYPE), kind, DATA),
            Quad(node, NamedNode(MIECO + "ofConsortium"), consortium, DATA),
            Quad(node, party, chance.choice(known).object, DATA),
            Quad(node, role, lead, DATA),
        }
    return Delta(frozenset(added), frozenset(chance.sample(known, 40)))


# -------------------------------------------------------------------------------- why


def explain(folder: Path) -> Figures:
    """How long a derivation takes, over the project's own release as the service holds it."""
    from mieco.engine.loading import merged_store
    from mieco.releases import Releases

    data = folder / "data"
    subprocess.run([sys.executable, "-m", "mieco", "publish", "--data", str(data)], check=True)
    release = Releases(data).current()
    store = merged_store(release.folder)
    rules = rules_of(release)
    if rules is None:
        sys.exit("the release has no rules")

    def select(text: str) -> list[dict[str, Any]]:
        found = store.query(text)
        names = [variable.value for variable in found.variables]
        return [{n: row[n] for n in names if row[n] is not None} for row in found]

    inferred = sorted(store.quads_for_pattern(None, None, None, INFERRED), key=str)
    sample = random.Random(0).sample([quad.triple for quad in inferred], SAMPLE)
    explainer = Explainer(rules)
    explainer.why(sample[0], select, seconds=QUICK)  # warm
    times, steps = [], []
    for fact in sample:
        clock = Clock()
        found = explainer.why(fact, select, seconds=QUICK)
        times.append(clock() * 1000)
        if found is None or not all(leaf.graphs for leaf in found.leaves()):
            sys.exit(f"no derivation of {fact}")
        steps.append(height(found))
    return {
        "why: facts explained, down to asserted ones": len(sample),
        "why: of so many inferred": len(inferred),
        "why: most steps": max(steps),
        "why: median, ms": statistics.median(times),
        "why: 95th percentile, ms": statistics.quantiles(times, n=100)[94],
        "why: slowest, ms": max(times),
    }


def height(derivation: Any) -> int:
    """The steps of a derivation, one after another."""
    if derivation.is_asserted:
        return 0
    return 1 + max(map(height, derivation.premises), default=0)


if __name__ == "__main__":
    main()
