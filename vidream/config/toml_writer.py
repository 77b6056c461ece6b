"""Values of knobs -> TOML: each is written so that it is read back as the same value."""

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
"""Characters; a list that is longer gets a line for each of its values."""


def toml_value(kind: Kind, value: object) -> Any:
    """A knob's value as TOML can hold it: a string, a number, a boolean, a list or a table.

    Args:
        kind: the kind of the knob.
        value: what `kind.read` returned.

    Raises:
        ValueError: TOML cannot say this value exactly: a third of a second, a curve that a program defined.
    """
    if isinstance(value, Constant):
        value = kind.read(value.value)
    form = _form(value, kind)
    read = kind.read(form)
    if read != value and repr(read) != repr(value):
        raise ValueError("TOML cannot say it")
    return form


def _form(value: Any, kind: Kind | None = None) -> Any:
    if isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Fraction) and isinstance(kind, Rate) and value.denominator != 1:
        return f"{value.numerator}/{value.denominator}"
    if isinstance(value, tuple):
        return [_form(part) for part in value]
    forms = (form for type_, form in FORMS.items() if isinstance(value, type_))
    form = next(forms, None)
    if form is None:
        raise ValueError("TOML cannot say it")
    return form(value)


def _exact(value: Fraction) -> int | str:
    """An exact number in decimals: 90 or "12.5". ValueError: it has no end in decimals."""
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
    """A number in decimals, without an exponent, that is read back as the same float."""
    if float(value).is_integer():
        return str(int(value))
    return format(Decimal(repr(float(value))), "f")


def _figure(value: float) -> int | float:
    """A number of a curve: an int if it is whole."""
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
    """A curve as vidream.notation reads it. ValueError: it has no notation."""
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
    """A sum; one of a base and what is followed is written with `base`, as people write it."""
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
"""A kind of curve -> how it is written. Power is not here: it has no notation, only a pulse makes it."""

FORMS: Mapping[type, Callable[[Any], Any]] = {
    Fraction: _exact,
    Fit: str,
    Timecode: str,
    Length: _length,
    Layer: _layer,
    Marker: _time,
    Curve: _curve,
}
"""A kind of value -> how it is written."""

_ESCAPES = {ord('"'): '\\"', ord("\\"): "\\\\"} | {code: f"\\u{code:04X}" for code in UNSAFE}


def toml_text(value: Any) -> str:
    """A value in TOML's own syntax, on one line, with inline tables; control characters are escaped."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value.translate(_ESCAPES)}"'
    if isinstance(value, list):
        return f"[{', '.join(map(toml_text, value))}]"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {toml_text(part)}" for key, part in value.items()) + " }"
    return repr(value)


def toml_entry(key: str, value: Any) -> str:
    """`key = value`; a long list gets a line for each of its values."""
    line = f"{key} = {toml_text(value)}"
    if len(line) <= LONG_LINE or not isinstance(value, list):
        return line
    return "\n".join([f"{key} = [", *(f"    {toml_text(part)}," for part in value), "]"])
