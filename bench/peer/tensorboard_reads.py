"""Whether TensorBoard's own reader finds in a run's event file what the run's other files say.

    tensorboard_reads.py RUN...

Needs the package tensorboard. Of each run folder: every number of metrics.jsonl, collapse.jsonl, probe.jsonl, pipeline.jsonl and layers.jsonl must be
a scalar of its step, rounded to a float, and there must be no other scalar. Exit code 1 where one differs."""

import json
import math
import pathlib
import sys

import numpy
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

TAGS = {
    "loss": "train/loss",
    "lr": "train/lr",
    "weight_decay": "train/weight_decay",
    "ema": "train/ema",
    "grad_norm": "train/grad_norm",
    "epoch": "train/epoch",
    "skipped": "train/skipped",
    "images_per_second": "speed/images_per_second",
    "input_wait": "speed/input_wait",
    "commit_wait": "speed/commit_wait",
    "generation": "cluster/generation",
    "world_size": "cluster/trainers",
}

# (step + 1) times the global batch, which a float does not hold for long.
NOT_SHOWN = {"step", "samples"}

# Not known in a generation's first step, and of some steps that were known to trainers only: then there is no point.
MAY_BE_UNKNOWN = {"commit_wait", "images_per_second"}

FINDINGS = ("collapse", "probe", "pipeline", "layers")

# How bad a finding is, as a number: the files have it as a word.
SEVERITY = "severity"


def lines(file):
    if not file.exists():
        return []
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def rounded(value):
    """As a float holds it; null stands for a number that is not finite."""
    return math.nan if value is None else float(numpy.float32(value))


def expected(run):
    """{tag: [(step, value)]} by the files of lines."""
    scalars = {}
    for line in lines(run / "metrics.jsonl"):
        for name in line.keys() - NOT_SHOWN:
            if line[name] is None and name in MAY_BE_UNKNOWN:
                continue
            scalars.setdefault(TAGS[name], []).append((line["step"], rounded(line[name])))
    for about in FINDINGS:
        for line in lines(run / f"{about}.jsonl"):
            for name in line.keys() - {"step", "word", "text"}:
                scalars.setdefault(f"{about}/{name}", []).append((line["step"], rounded(line[name])))
    return scalars


def read(run):
    """({tag: [(step, value)]}, {tag: wall times}) as TensorBoard has them, none left out for being many."""
    reader = EventAccumulator(str(run / "tensorboard"), size_guidance={"scalars": 0})
    reader.Reload()
    events = {tag: reader.Scalars(tag) for tag in reader.Tags()["scalars"]}
    scalars = {tag: [(event.step, event.value) for event in found] for tag, found in events.items()}
    return scalars, {tag: [event.wall_time for event in found] for tag, found in events.items()}


def same(one, other):
    return one == other or (one[0] == other[0] and not math.isfinite(one[1]) and not math.isfinite(other[1]))


def differences(run):
    wanted = expected(run)
    found, times = read(run)
    for tag, points in wanted.items():
        have = found.pop(tag, [])
        if len(have) != len(points):
            yield f"{tag}: {len(have)} points, {len(points)} in the files"
        for one, other in zip(points, have):
            if not same(one, other):
                yield f"{tag}: {other}, {one} in the files"
    for tag in found:
        about, name = tag.split("/", 1)
        if name != SEVERITY or about not in FINDINGS:
            yield f"{tag}: in no file"
    for tag, of_tag in times.items():
        if any(later < earlier for earlier, later in zip(of_tag, of_tag[1:])):
            yield f"{tag}: its times go back"
    if not wanted:
        yield "no numbers in the files"


def main(runs):
    if not runs:
        sys.exit(__doc__)
    wrong = 0
    for run in map(pathlib.Path, runs):
        found = list(differences(run))
        for line in found:
            print(f"{run}: {line}")
        points = sum(map(len, expected(run).values()))
        print(f"{run}: {len(expected(run))} curves, {points} points, {len(found)} differences")
        wrong += len(found)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
