"""Values of knobs as TOML holds them, such that each is read back as the same value; and TOML's own text of them."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from vidream.clock import Marker, Time
from vidream.config.kinds import Kind, Rate
from vidream.config.layers import Layer
from vidream.config.length import Length
from vidream.config.sizing import Fit
from vidream.config.timecode import Timecode
from vidream.curves import AT_ONCE, Constant, Curve, Cycle, Follow, Keys, Product, Sine, Sum
from vidream.text import UNSAFE

LONG_LINE = 100
"""Characters from which on a list stands on several lines."""


def plain(kind: Kind, value: object) -> Any:
    """What TOML holds of a knob's value: a text, a number, a truth, a list or a table.

    Args:
        kind: of the knob.
        value: as the kind has read it.

    Raises:
        ValueError: no TOML is read as this value, such as a third of a second, or a curve of a program's own.
    """
    if isinstance(value, Constant):
        value = kind.read(value.value)
    form = _plain(value, kind)
    read = kind.read(form)
    if read != value and repr(read) != repr(value):
        raise ValueError("no TOML is read so")
    return form


def _plain(value: Any, kind: Kind | None = None) -> Any:
    if isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Fraction) and isinstance(kind, Rate) and value.denominator != 1:
        return f"{value.numerator}/{value.denominator}"
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    forms = (form for type_, form in FORMS.items() if isinstance(value, type_))
    form = next(forms, None)
    if form is None:
        raise ValueError("no TOML is read so")
    return form(value)


def _exact(value: Fraction) -> int | str:
    """A number of finitely many digits: 90 or "12.5"."""
    if value.denominator == 1:
        return value.numerator
    digits = next((digits for digits in range(1, 40) if 10**digits % value.denominator == 0), None)
    if digits is None:
        raise ValueError("has no end in decimals")
    figures = str(int(value * 10**digits)).rjust(digits + 1, "0")
    return f"{figures[:-digits]}.{figures[-digits:]}"


def _length(length: Length) -> int | str:
    short = {"frames": "", "seconds": "s", "beats": "beats", "bars": "bars"}[length.unit]
    if length.unit == "frames":
        return length.value.numerator
    return f"{_exact(length.value)}{short}"


def _layer(layer: Layer) -> Any:
    if isinstance(layer.weight, Curve):
        return {"name": layer.label, "weight": _curve(layer.weight)}
    if layer.weight == 1:
        return layer.label
    return f"{layer.label}={number(layer.weight)}"


def number(value: float) -> str:
    """A number in decimals, without an exponent; what it is read as is the same."""
    if float(value).is_integer():
        return str(int(value))
    return format(Decimal(repr(float(value))), "f")


def _figure(value: float) -> int | float:
    """A number of a curve, whole where it is."""
    if float(value).is_integer() and abs(value) < 1e15:
        return int(value)
    return float(value)


def _time(time: Time) -> Any:
    if isinstance(time, Marker):
        return f"@{time.name}"
    if time.unit == "frames":
        return _figure(time.value)
    return f"{number(time.value)}{time.unit[0]}"


def _curve(curve: Any) -> Any:
    """A curve as vidream.notation writes it."""
    for type_, form in CURVES.items():
        if isinstance(curve, type_):
            return form(curve)
    raise ValueError("is a curve that has no notation")


def _keys(curve: Keys) -> dict[str, Any]:
    keys = [[_time(time), _figure(value)] for time, value in zip(curve.times, curve.values, strict=True)]
    return {"keys": keys} | ({} if curve.ease == "linear" else {"ease": curve.ease})


def _sine(curve: Sine) -> dict[str, Any]:
    phase = {"phase": _figure(curve.phase)} if curve.phase else {}
    return {"sine": [_figure(curve.mean), _figure(curve.amplitude)], "period": _time(curve.period), **phase}


def _cycle(curve: Cycle) -> dict[str, Any]:
    every = curve.every if isinstance(curve.every, str) else _time(curve.every)
    fade = {} if curve.fade == AT_ONCE else {"fade": _time(curve.fade)}
    return {"cycle": [_figure(value) for value in curve.values], "every": every, **fade}


def _follow(curve: Follow) -> dict[str, Any]:
    table: dict[str, Any] = {"follow": curve.name}
    driver = curve.driver
    if driver is not None:
        table |= {"of": driver.file}
        table |= {} if driver.channel is None else {"channel": driver.channel}
        table |= {} if driver.pitch is None else {"pitch": [*driver.pitch]}
    for name, seconds in (("attack", curve.attack), ("release", curve.release)):
        table |= {} if seconds is None else {name: f"{number(seconds)}s"}
    return table


def _sum(curve: Sum) -> dict[str, Any]:
    """Of a base and what is followed, as people write that."""
    if len(curve.parts) == 2:
        base, follow = curve.parts
        amount = isinstance(follow, Product) and len(follow.parts) == 2 and isinstance(follow.parts[1], Follow)
        if isinstance(follow, Follow) or amount:
            return {**_curve(follow), "base": _curve(base)}
    return {"sum": [_curve(part) for part in curve.parts]}


def _product(curve: Product) -> dict[str, Any]:
    if len(curve.parts) == 2 and isinstance(curve.parts[1], Follow):
        amount, follow = curve.parts
        return {**_curve(follow), "amount": _curve(amount)}
    return {"product": [_curve(part) for part in curve.parts]}


CURVES: Mapping[type[Curve], Callable[[Any], Any]] = {
    Constant: lambda curve: _figure(curve.value),
    Keys: _keys,
    Sine: _sine,
    Cycle: _cycle,
    Follow: _follow,
    Sum: _sum,
    Product: _product,
}
"""A kind of curve -> what TOML holds of it. Power has no notation: it is made of others where there is a pulse."""

FORMS: Mapping[type, Callable[[Any], Any]] = {
    Fraction: _exact,
    Fit: str,
    Timecode: str,
    Length: _length,
    Layer: _layer,
    Marker: _time,
    Curve: _curve,
}
"""A kind of value -> what TOML holds of it."""

_ESCAPES = {ord('"'): '\\"', ord("\\"): "\\\\"} | {code: f"\\u{code:04X}" for code in UNSAFE}


def toml(value: Any) -> str:
    """The text of what TOML holds, on one line; tables within are inline. Every character of it can be shown."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value.translate(_ESCAPES)}"'
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {toml(part)}" for key, part in value.items()) + " }"
    return repr(value)


def entry(key: str, value: Any) -> str:
    """`key = value`; a long list of several on a line each."""
    line = f"{key} = {toml(value)}"
    if len(line) <= LONG_LINE or not isinstance(value, list):
        return line
    return "\n".join([f"{key} = [", *(f"    {toml(part)}," for part in value), "]"])
