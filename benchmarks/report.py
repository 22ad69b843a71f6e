"""What engines.py measured as Markdown, and how times grow with the data as a picture.

    python benchmarks/report.py run.json [--plot growth.svg]

Needs matplotlib for the picture.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

_QUERIES = Path(__file__).parent / "queries"
_OURS = "mieco"
Run = Mapping[str, Any]


def main() -> None:
    """Prints the tables, and draws the picture if asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("results", type=Path, nargs="+")
    parser.add_argument("--plot", type=Path)
    options = parser.parse_args()
    runs = [run for path in options.results for run in json.loads(path.read_text("utf-8"))]
    runs.sort(key=lambda run: run["triples"])
    for run in runs:
        print(f"### {run['triples']:,} triples, {run['times']} runs of each query\n")
        versions = ", ".join(told["version"] for told in run["engines"].values())
        print(f"{run['date']}, {run['machine']}; {versions}\n")
        for part in (_queries(run), _engines(run), _lookups(run)):
            print("\n".join(part), end="\n\n")
    print("\n".join(_growth(runs)))
    if options.plot:
        _draw(runs, options.plot)


def _median(run: Run, query: str, engine: str) -> float | None:
    seconds = run["queries"][query]["seconds"].get(engine)
    return statistics.median(seconds) if seconds else None


def _ratios(run: Run, engine: str) -> dict[str, float]:
    """Our time for each query, as a part of another engine's."""
    found = {}
    for query in run["queries"]:
        ours, theirs = _median(run, query, _OURS), _median(run, query, engine)
        if ours and theirs:
            found[query] = ours / theirs
    return found


def _queries(run: Run) -> Iterator[str]:
    engines = list(run["engines"])
    others = [engine for engine in engines if engine != _OURS]
    heads = [f"{engine}, ms" for engine in engines] + [f"mieco / {each}" for each in others]
    yield f"| query | {' | '.join(heads)} | agree |"
    yield f"|---|{'--:|' * len(heads)}---|"
    for query, told in run["queries"].items():
        cells = [_cell(run, query, engine) for engine in engines]
        cells += [f"{r[query]:.2f}" if query in (r := _ratios(run, e)) else "" for e in others]
        yield f"| {query} | {' | '.join(cells)} | {'yes' if told['agree'] else '**no**'} |"


def _cell(run: Run, query: str, engine: str) -> str:
    median = _median(run, query, engine)
    if median is None:
        return str(run["queries"][query]["wrong"].get(engine, ""))[:40]
    return f"{median * 1000:.1f}"


def _engines(run: Run) -> Iterator[str]:
    yield (
        "| | geometric mean of mieco's part | of so many queries | without those that are answered"
        " from what was counted | of so many | worst | loaded, s | memory, MB |"
    )
    yield "|---|--:|--:|--:|--:|--:|--:|--:|"
    counted = _kinds()["statistics"]
    for engine, told in run["engines"].items():
        ratios = _ratios(run, engine)
        worst = max(ratios, key=ratios.__getitem__)
        others = {query: ratio for query, ratio in ratios.items() if query not in counted}
        yield (
            f"| {engine} | {statistics.geometric_mean(ratios.values()):.2f} | {len(ratios)}"
            f" | {statistics.geometric_mean(others.values()):.2f} | {len(others)}"
            f" | {ratios[worst]:.2f} ({worst}) | {told['loaded']:.1f} | {told['memory']:.0f} |"
        )


def _lookups(run: Run) -> Iterator[str]:
    yield "| small lookups | connections | requests/s | 99th percentile, ms | refused |"
    yield "|---|--:|--:|--:|--:|"
    for each in run["lookups"]:
        yield (
            f"| {each['engine']} | {each['connections']} | {each['rate']:,.0f}"
            f" | {each['late']:.2f} | {each['refused']} |"
        )


def _kinds() -> dict[str, list[str]]:
    """The queries of each kind, which the first line of their files names."""
    kinds: dict[str, list[str]] = {}
    for path in sorted(_QUERIES.glob("*.rq")):
        first = path.read_text("utf-8").splitlines()[0]
        kinds.setdefault(first.removeprefix("# ").split(":")[0], []).append(path.stem)
    return kinds


def _of_kind(run: Run, queries: Sequence[str], engine: str) -> float | None:
    """The geometric mean of an engine's medians, in ms; ``None`` if it missed one."""
    medians = [_median(run, q, engine) for q in queries if q in run["queries"]]
    if not medians or None in medians:
        return None
    return statistics.geometric_mean(m for m in medians if m is not None) * 1000


def _growth(runs: Sequence[Run]) -> Iterator[str]:
    engines = list(dict.fromkeys(engine for run in runs for engine in run["engines"]))
    yield "### Growth: geometric mean of the medians, ms\n"
    sizes = [f"{run['triples']:,}" for run in runs]
    yield f"| kind of query | engine | {' | '.join(sizes)} |"
    yield f"|---|---|{'--:|' * len(runs)}"
    for kind, queries in _kinds().items():
        for engine in engines:
            means = [_of_kind(run, queries, engine) for run in runs]
            if any(means):
                cells = ["" if mean is None else f"{mean:.1f}" for mean in means]
                yield f"| {kind} | {engine} | {' | '.join(cells)} |"


def _draw(runs: Sequence[Run], into: Path) -> None:
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot as plt

    mpl.rcParams.update({"svg.hashsalt": "mieco", "font.size": 8})
    kinds = _kinds()
    figure, axes = plt.subplots(2, -(-len(kinds) // 2), figsize=(11, 5), sharex=True)
    engines = list(dict.fromkeys(engine for run in runs for engine in run["engines"]))
    for axis, (kind, queries) in zip(axes.flat, kinds.items(), strict=False):
        for engine in engines:
            points = [(run["triples"], _of_kind(run, queries, engine)) for run in runs]
            known = [(size, mean) for size, mean in points if mean is not None]
            if known:
                axis.plot(*zip(*known, strict=True), marker="o", label=engine, markersize=3)
        axis.set(title=kind, xscale="log", yscale="log")
        axis.grid(visible=True, which="major", alpha=0.3)
    for axis in list(axes.flat)[len(kinds) :]:
        axis.axis("off")
    figure.supxlabel("triples")
    figure.supylabel("ms, geometric mean of medians")
    handles, labels = axes.flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="upper center", ncols=len(labels), frameon=False)
    figure.tight_layout(rect=(0, 0, 1, 0.95))
    figure.savefig(into, metadata={"Date": None})


if __name__ == "__main__":
    main()
