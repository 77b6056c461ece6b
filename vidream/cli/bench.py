"""`vidream bench`: the figures as a table, as JSON, and drawn."""

import json
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np

from vidream.bench import Bench, bench, growth
from vidream.bench.machine import Machine
from vidream.cli.messages import console
from vidream.cli.output import say, show_table, table
from vidream.cli.panels import Drawing, curve, page, save
from vidream.cli.progress import alive
from vidream.config import flag
from vidream.jobs.side_file import SideFile
from vidream.text import figure

BUSY = 0.3
"""Processes for each core that are other work worth a word."""

BAR, HEIGHT, LEFT, WIDTH = 26, 42, 330, 1200  # px


def show_growth(*, as_json: bool, plot: SideFile | None) -> None:
    """How the cost of a frame grows with what it is asked for."""
    if plot is not None:
        plot.check()
    with alive(console(), "measuring how a frame's cost grows"):
        grown = growth()
    if plot is not None:
        save(plot, page("seconds a frame of a film of 1280x720, one knob moved at a time", [
            curve(flag(name), values) for name, values in grown.items()
        ]))  # fmt: skip
    if as_json:
        print(json.dumps(grown, indent=1))
        return
    listed = table("knob", "value: seconds a frame", header=False)
    for name, values in grown.items():
        listed.add_row(flag(name), "   ".join(f"{value}: {seconds:.3f} s" for value, seconds in values))
    show_table(listed)


def show(*, engine: Any, as_json: bool, plot: SideFile | None) -> None:
    """Measure this machine, and show the figures as a table or as JSON, and drawn."""
    if plot is not None:
        plot.check()
    with alive(console(), "waking the network"):
        measured = bench(engine)
    if plot is not None:
        save(plot, draw(measured))
    if as_json:
        print(json.dumps(measured.plain(), indent=1))
        return
    for line in described(measured.machine):
        say(line)
    listed = table("what", "figure", "unit", header=False)
    for name, value, unit in rows(measured):
        listed.add_row(name, figure(value, 3), unit)
    show_table(listed)


def described(machine: Machine) -> Iterator[str]:
    """What was measured on, and with, in two or three lines."""
    yield f"{machine.processor}, {machine.vectors or 'unknown vectors'}, {machine.cores} cores; {machine.system}"
    packages = ", ".join(f"{name} {number}" for name, number in machine.versions.items() if number)
    yield f"gradients by {machine.engine}, {machine.threads} threads; {packages}"
    if machine.without_native:
        yield f"no native engine: {machine.without_native}"
    if machine.load > BUSY * machine.cores:
        yield f"other work: {machine.load:.1f} processes wanted a core in the minute before; do not trust the figures"


def rows(measured: Bench) -> Iterator[tuple[str, float, str]]:
    """(what is measured, value, unit) for each figure."""
    yield "float32 matrix product", measured.peak, "GFLOP/s"
    yield "memory", measured.bandwidth, "GB/s, read and written"
    yield "the gradient, on one core", 100 * measured.core, "% of a core's matrix product"
    for each in measured.gradients:
        unit = f"ms; {each.gflops:.0f} GFLOP/s, {each.limit:.0%} of the peak"
        if each.tensorflow_ms is not None:
            unit += f"; TensorFlow {each.tensorflow_ms:.1f} ms"
        if each.stock_ms is not None:
            unit += f"; stock Keras {each.stock_ms:.1f} ms: {each.faster:.2f} times as fast"
        yield f"gradient {each.size}", each.ms, unit
    for name, value in measured.networks.items():
        yield f"gradient 640x360 of {name}", value, "ms, at its default layer"
    for name, value in measured.parts.items():
        yield name, value, "ms a frame of 640x360"
    yield "first frame", measured.first, "s, the network's waking included, imports not"
    yield "default film", measured.frame, f"s a frame of 640x360; {measured.rest:.0%} of it is not gradient"
    yield "memory used", measured.memory, "MB at most"


def draw(measured: Bench) -> Drawing:
    """Milliseconds as bars: the gradients by each engine and by stock layers, and the parts of a frame."""
    bars = [(f"gradient {each.size}", each.ms) for each in measured.gradients]
    bars += [(f"TensorFlow {each.size}", each.tensorflow_ms) for each in measured.gradients if each.tensorflow_ms]
    bars += [(f"stock Keras {each.size}", each.stock_ms) for each in measured.gradients if each.stock_ms]
    bars += measured.networks.items()
    bars += [*measured.parts.items(), ("a frame, all in all", 1e3 * measured.frame)]
    page = np.full((HEIGHT * (len(bars) + 1), WIDTH, 3), 255, np.uint8)
    longest = max(value for _, value in bars)
    for row, (name, value) in enumerate(bars):
        y = HEIGHT // 2 + row * HEIGHT
        end = LEFT + round((WIDTH - LEFT - 120) * value / longest)
        cv2.rectangle(page, (LEFT, y), (max(end, LEFT + 1), y + BAR), (150, 120, 40), -1)
        for text, x in ((name, 16), (f"{value:.1f} ms", end + 8)):
            cv2.putText(page, text, (x, y + 20), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (60, 60, 60), 1, cv2.LINE_AA)
    return page
