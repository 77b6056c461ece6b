"""Songs with known beats: voices, patterns, kinds of songs made of them. The same call gives the same song."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from vidream.analysis import SAMPLE_RATE

Floats = np.ndarray
Voice = Callable[[np.random.Generator], Floats]
Event = tuple[float, Voice, float]
"""(time in s or in beats, what sounds, how loud)"""


@dataclass(frozen=True)
class Song:
    samples: Floats
    """(N,) float32 at SAMPLE_RATE"""
    beats: Floats
    """(n,) s: where one taps"""
    metre: int = 4
    """beats a bar"""
    bars: Floats | None = None
    """s: the beats that begin a bar, if the song says so plainly"""


def pip(rng):
    t = np.arange(int(0.1 * SAMPLE_RATE)) / SAMPLE_RATE
    return np.sin(2 * np.pi * 1000 * t) * np.exp(-t * np.log(1024) / 0.1)


def burst(rng):
    return rng.uniform(-1, 1, int(0.008 * SAMPLE_RATE))


def thump(rng):
    t = np.arange(int(0.2 * SAMPLE_RATE)) / SAMPLE_RATE
    falling = 50 + 70 * np.exp(-t / 0.03)
    return np.sin(2 * np.pi * np.cumsum(falling) / SAMPLE_RATE) * np.exp(-t / 0.06) * np.minimum(1, t / 0.002)


def snare(rng):
    t = np.arange(int(0.15 * SAMPLE_RATE)) / SAMPLE_RATE
    return rng.normal(0, 0.3, len(t)) * np.exp(-t / 0.05)


def hat(rng):
    t = np.arange(int(0.05 * SAMPLE_RATE)) / SAMPLE_RATE
    return np.diff(rng.normal(0, 0.15, len(t)), prepend=0) * np.exp(-t / 0.015)


def soft_kick(attack: float = 0.025, decay: float = 0.1, pitch: float = 48.0, sweep: float = 50.0) -> Voice:
    """A bass drum without a click: a sine that falls from pitch + sweep to pitch Hz, rising through `attack` s."""

    def voice(rng):
        t = np.arange(int(4 * decay * SAMPLE_RATE)) / SAMPLE_RATE
        falling = pitch + sweep * np.exp(-t / 0.04)
        rise = np.sin(np.pi / 2 * np.minimum(1, t / attack)) ** 2
        return np.sin(2 * np.pi * np.cumsum(falling) / SAMPLE_RATE) * np.exp(-t / decay) * rise

    return voice


def note(pitch: float, length: float, partials: int = 6, attack: float = 0.005, decay: float = 1e9) -> Voice:
    """A note that is held for `length` s: partials of 1 / n; with a decay in s, plucked."""

    def voice(rng):
        t = np.arange(int(length * SAMPLE_RATE)) / SAMPLE_RATE
        tone = sum(np.sin(2 * np.pi * pitch * n * t) / n for n in range(1, partials + 1))
        return 0.5 * tone * np.minimum(1, t / attack) * np.minimum(1, (length - t) / 0.02) * np.exp(-t / decay)

    return voice


def chord(
    pitches: Sequence[float], length: float, attack: float = 0.005, decay: float = 1e9, partials: int = 5
) -> Voice:
    notes = [note(pitch, length, partials, attack, decay) for pitch in pitches]
    return lambda rng: sum(each(rng) for each in notes) / len(notes) ** 0.5


def played(events: Sequence[Event], seconds, noise=0.0, seed=0):
    """events: (time in s, voice, gain) -> (N,) float32 at SAMPLE_RATE."""
    rng = np.random.default_rng(seed)
    sound = rng.normal(0, noise, round(seconds * SAMPLE_RATE)) if noise else np.zeros(round(seconds * SAMPLE_RATE))
    for time, voice, gain in events:
        at = round(time * SAMPLE_RATE)
        one = gain * voice(rng)[: len(sound) - at]
        sound[at : at + len(one)] += one
    return (sound / max(1.0, np.abs(sound).max())).astype(np.float32)


def clicks(bpm, voice=pip, seconds=40.0, first=0.0, snr=None, accent=1):
    """A click track and its times; every `accent`th is twice as strong. snr: a click's peak to the noise's rms, dB."""
    times = np.arange(first, seconds - 0.05, 60 / bpm)
    events = [(time, voice, 0.8 if index % accent == 0 else 0.4) for index, time in enumerate(times)]
    least = 0.4 if accent > 1 else 0.8
    return played(events, seconds, 0.0 if snr is None else least * 10 ** (-snr / 20), seed=int(bpm)), times


def tone(pitch: float, seconds: float) -> Floats:
    """(N,) float32: a steady tone of four partials, at `pitch` Hz."""
    t = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    partials = [np.sin(2 * np.pi * pitch * n * t) / n for n in range(1, 5)]
    return (0.2 * sum(partials, np.zeros(len(t)))).astype(np.float32)


ROOTS = (55.0, 43.65, 65.41, 49.0)  # Hz: a, f, c, g
TRIADS = ((220.0, 261.63, 329.63), (174.61, 220.0, 261.63), (261.63, 329.63, 392.0), (196.0, 246.94, 293.66))


def steady(bpm: float, beats: int, first: float = 0.2) -> Floats:
    return first + np.arange(beats) * 60 / bpm


def stepwise(parts: Sequence[tuple[float, int]], first: float = 0.2) -> Floats:
    """Beats of (BPM, count) after one another; each tempo holds for its own beats, and to the first of the next."""
    steps = np.concatenate([np.full(count, 60 / bpm) for bpm, count in parts])
    return first + np.concatenate([[0.0], np.cumsum(steps)[:-1]])


def gliding(tempo: Callable[[float], float], seconds: float, first: float = 0.2) -> Floats:
    """Beats whose tempo in BPM is tempo(s)."""
    times = [first]
    while times[-1] < seconds - 1:
        times.append(times[-1] + 60 / tempo(times[-1]))
    return np.array(times)


def of_pattern(
    times: Floats, pattern: Sequence[Event], metre: int = 4, seed: int = 0, loose: float = 0.0, noise: float = 0.003
) -> Song:
    """A bar's pattern (places in beats) over and over along beats at `times`; loose: s that each blow may be off."""
    rng = np.random.default_rng(seed)
    more = np.append(times, times[-1] + np.diff(times[-2:]))
    events = []
    for bar in range(-(-len(times) // metre)):
        for place, voice, gain in pattern:
            at = bar * metre + place
            if at < len(times):
                when = float(np.interp(at, np.arange(len(more)), more)) + loose * rng.normal()
                events.append((max(0.0, when), voice, gain))
    return Song(played(events, more[-1] + 0.4, noise, seed), times, metre, times[::metre])


HATS = [(n / 2, hat, 1.0) for n in range(8)]
ROCK = [(0, thump, 0.9), (2, thump, 0.9), (1, snare, 0.8), (3, snare, 0.8), *HATS]
HOUSE = [*[(n, thump, 0.9) for n in range(4)], *[(n + 0.5, hat, 1) for n in range(4)], (1, snare, 0.5), (3, snare, 0.5)]
SWING = [
    *[(n, hat, 1.0) for n in range(4)],
    (1 + 2 / 3, hat, 0.8),
    (3 + 2 / 3, hat, 0.8),
    *[(n, note(ROOTS[n], 0.3), 0.5) for n in range(4)],
]
SHUFFLE = [
    (0, thump, 0.9),
    (2, thump, 0.9),
    (1, snare, 0.8),
    (3, snare, 0.8),
    *[(n + k, hat, 1.0) for n in range(4) for k in (0, 2 / 3)],
]
DRUM_AND_BASS = [
    (0, thump, 0.9),
    (2.5, thump, 0.9),
    (1, snare, 0.9),
    (3, snare, 0.9),
    *[(n / 2, hat, 1.0) for n in range(8)],
    (0, note(49, 0.6), 0.4),
]
WALTZ = [(0, note(55, 0.3), 0.9), (1, chord(TRIADS[0], 0.2), 0.4), (2, chord(TRIADS[0], 0.2), 0.4)]
FIVE = [(0, thump, 0.9), (3, thump, 0.8), (2, snare, 0.7), (4, snare, 0.7), *[(n, hat, 1.0) for n in range(5)]]


def techno(
    bpm: float,
    *offbeat: str,
    bars: int = 20,
    kick: Voice | None = None,
    bass: float = 0.5,
    first: float = 0.2,
    intro: int = 0,
    break_: tuple[int, int] = (0, 0),
    noise: float = 0.002,
    seed: int = 0,
) -> Song:
    """A soft kick on every beat; and, offbeat, each of: bass, pluck, one note, rolling, stab, hat, hats.

    Besides: pad (sidechained), clap (on 2 and 4).

    intro: bars of the kick alone. break_: from which bar to which the kick is silent.
    """
    beat = 60 / bpm
    kick = kick or soft_kick()
    times = steady(bpm, 4 * bars, first)
    events = []
    for index, time in enumerate(times):
        bar, chord_at = index // 4, index // 4 % len(ROOTS)
        root, triad = ROOTS[chord_at], TRIADS[chord_at]
        if not break_[0] <= bar < break_[1]:
            events.append((time, kick, 0.9))
        if bar < intro:
            continue
        voices = {
            "bass": [(0.5, note(root, 0.42 * beat, 4), bass)],
            "pluck": [(0.5, note(root, 0.45 * beat, 8, decay=0.12), 1.4 * bass)],
            "one note": [(0.5, note(ROOTS[0], 0.42 * beat, 4), bass)],
            "rolling": [(n / 4, note(root, 0.2 * beat, 6, decay=0.1), bass) for n in (1, 2, 3)],
            "stab": [(0.5, chord(triad, 0.3 * beat), 0.35)],
            "hat": [(0.5, hat, 1.0)],
            "hats": [(n / 4, hat, 1.0 if n == 2 else 0.5) for n in range(4)],
            "clap": [(0.0, snare, 0.5)] if index % 2 else [],
        }
        for name in offbeat:
            events += [(time + place * beat, voice, gain) for place, voice, gain in voices.get(name, [])]
    seconds = times[-1] + beat + 0.3
    sound = played(events, seconds, noise, seed)
    if "pad" in offbeat:
        sound = sound * 0.8 + _pad(times, 4, seconds, 0.8 * beat / 4)[: len(sound)]
    return Song((sound / max(1.0, np.abs(sound).max())).astype(np.float32), times, 4, times[::4])


def _pad(times: Floats, metre: int, seconds: float, recovery: float) -> Floats:
    """Chords, one a bar, that every beat pushes down, as a compressor keyed by the kick does."""
    t = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    edges = [*times[::metre], seconds]
    sound = np.zeros(len(t))
    for index, (begin, end) in enumerate(pairwise(edges)):
        one = 0.12 * chord(TRIADS[index % len(TRIADS)], end - begin, attack=0.05)(np.random.default_rng(0))
        at = round(begin * SAMPLE_RATE)
        sound[at : at + len(one)] += one[: len(sound) - at]
    since = t - times[np.clip(np.searchsorted(times, t, "right") - 1, 0, None)]
    return sound * (1 - 0.85 * np.exp(-np.maximum(0, since) / recovery))


def compound(bpm: float, kind: str, metre: int = 2, bars: int = 24, loose: float = 0.0, seed: int = 0) -> Song:
    """6/8 (metre 2) or 12/8 (metre 4) felt in dotted quarters at `bpm`, three eighths each.

    kind: drums; ballad (drums, arpeggio); arpeggio (a guitar's, with bass notes); jig (a melody of eighths over a
    drum); chords (strummed, no drums); blues (swung ride, walking bass).
    """
    third, beat = 1 / 3, 60 / bpm
    times = steady(bpm, metre * bars)
    pattern: list[Event] = []
    triad = [TRIADS[0][n] for n in (0, 1, 2, 1, 2, 1)]
    for n in range(metre):
        last = n % 2 == 1
        if kind in ("drums", "ballad"):
            pattern += [(n, snare, 0.8) if last else (n, thump, 0.9)]
            pattern += [(n + k * third, hat, 1.0 if k == 0 else 0.7) for k in range(3)]
            if not last:
                pattern.append((n + 2 * third, thump, 0.5))
        if kind in ("ballad", "arpeggio"):
            gain = 0.25 if kind == "ballad" else 0.4
            pattern += [
                (
                    n + k * third,
                    note(triad[(3 * last + k) % 6] * (1 if k else 0.5), 1.2 * third * beat, 5, decay=0.4),
                    gain,
                )
                for k in range(3)
            ]
        if kind == "arpeggio":
            pattern.append((n, note(82.4 if last else 55, 0.9 * beat, 5, decay=0.6), 0.6))
        if kind == "jig":
            scale = (440, 494, 554, 587, 659, 740)
            pattern += [
                (n + k * third, note(scale[(5 * n + 2 * k) % 6], 0.25 * beat, 5, decay=0.2), 0.5 if k == 0 else 0.35)
                for k in range(3)
            ]
            pattern += [(n, thump, 0.7), (n + 2 * third, thump, 0.3)]
        if kind == "chords":
            pattern += [(n, chord(TRIADS[0], 0.6 * third * beat, decay=0.25), 0.6)]
            pattern += [(n + k * third, chord(TRIADS[0], 0.5 * third * beat, decay=0.1), 0.3) for k in (1, 2)]
            pattern += [(n, note(55, 0.8 * beat, 4), 0.5)] if not last else []
        if kind == "blues":
            pattern += [(n + k * third, hat, 1.0 if k == 0 else 0.7) for k in range(3)]
            pattern += [(n, note(ROOTS[n % 4], 0.8 * beat, 5, decay=0.5), 0.6)]
            pattern += [(n, snare, 0.7)] if last else [(n, thump, 0.8), (n + 2 * third, thump, 0.5)]
    song = of_pattern(times, pattern, metre, seed, loose)
    return song


def in_a_hall(song: Song, seed: int = 0) -> Song:
    """The same with a reverberation of 1.2 s and a crowd's noise."""
    rng = np.random.default_rng(seed)
    t = np.arange(int(1.2 * SAMPLE_RATE)) / SAMPLE_RATE
    tail = rng.normal(0, 1, len(t)) * np.exp(-t / 0.25)
    tail *= 0.6 / np.linalg.norm(tail)
    size = len(song.samples) + len(tail)
    wet = np.fft.irfft(np.fft.rfft(song.samples, size) * np.fft.rfft(tail, size), size)[: len(song.samples)]
    sound = song.samples + wet + rng.normal(0, 0.02, len(wet))
    return Song((sound / np.abs(sound).max()).astype(np.float32), song.beats, song.metre, song.bars)


def metronome(bpm: float) -> Song:
    return Song(*clicks(bpm, seconds=60.0))


def after_silence(seconds: float, song: Song) -> Song:
    quiet = np.zeros(round(seconds * SAMPLE_RATE), np.float32)
    return Song(np.concatenate([quiet, song.samples]), song.beats + seconds, song.metre, song.bars + seconds)


def kinds() -> dict[str, Callable[[], Song]]:
    """Name -> a way to make it."""
    songs: dict[str, Callable[[], Song]] = {}

    def add(name, make, *args, **kwargs):
        songs[name] = lambda: make(*args, **kwargs)

    for bpm in (40, 50, 60, 72, 200, 240):
        add(f"metronome {bpm}", metronome, bpm)
    for bpm in (75, 90, 120, 150):
        add(f"rock {bpm}", of_pattern, steady(bpm, 80), ROCK)
    for bpm in (124, 140):
        add(f"house {bpm}", of_pattern, steady(bpm, 80), HOUSE)
    for bpm in (120, 160, 190):
        add(f"swing {bpm}", of_pattern, steady(bpm, 96), SWING)
    for bpm in (90, 110, 130):
        add(f"shuffle {bpm}", of_pattern, steady(bpm, 80), SHUFFLE)
    for bpm in (165, 174):
        add(f"drum and bass {bpm}", of_pattern, steady(bpm, 128), DRUM_AND_BASS)
    for bpm in (90, 120, 150):
        add(f"waltz {bpm}", of_pattern, steady(bpm, 72), WALTZ, 3)
    for bpm in (120, 150):
        add(f"five {bpm}", of_pattern, steady(bpm, 100), FIVE, 5)
    add("rock 110 loose, in a hall", lambda: in_a_hall(of_pattern(steady(110, 80), ROCK, loose=0.012)))
    add("rock 100 after 20 s of silence", lambda: after_silence(20, of_pattern(steady(100, 64), ROCK)))
    for bpm in (100, 110, 120, 128, 136, 145, 160, 174):
        add(f"techno {bpm} bass", techno, bpm, "bass")
    for bpm in (110, 128, 150):
        for voices in (
            "pluck",
            "one note",
            "stab",
            "bass hat",
            "stab hat",
            "pad",
            "pad bass hat",
            "bass stab clap",
            "hats bass pad",
            "stab pad",
        ):
            add(f"techno {bpm} {voices}", techno, bpm, *(["one note"] if voices == "one note" else voices.split()))
    add("techno 140 rolling", techno, 140, "rolling")
    add("techno 140 rolling hat", techno, 140, "rolling", "hat")
    add("techno 128 bass, loud", techno, 128, "bass", bass=0.9)
    add("techno 128 bass, intro", techno, 128, "bass", intro=4)
    add("techno 128 bass hat, break", techno, 128, "bass", "hat", bars=28, break_=(10, 14))
    add("techno 124 bass, softer", techno, 124, "bass", kick=soft_kick(0.04, 0.12, 45, 30))
    add("techno 124 bass, longer", techno, 124, "bass", kick=soft_kick(0.02, 0.2, 42, 60))
    add("techno 124 bass, shorter", techno, 124, "bass", kick=soft_kick(0.015, 0.06, 55, 80))
    for bpm in (45, 56, 66, 76, 90, 110):
        add(f"6/8 {bpm} drums", compound, bpm, "drums")
    for bpm in (50, 60, 72):
        for kind in ("ballad", "arpeggio", "chords"):
            add(f"6/8 {bpm} {kind}", compound, bpm, kind)
    for bpm in (90, 110):
        add(f"6/8 {bpm} jig", compound, bpm, "jig")
    for bpm in (50, 62, 75):
        add(f"12/8 {bpm} blues", compound, bpm, "blues", 4, 14)
    add("12/8 58 arpeggio", compound, 58, "arpeggio", 4, 14)
    add("6/8 60 drums, loose", compound, 60, "drums", loose=0.01)

    for name, parts in {
        "90 140": [(90, 48), (140, 72)],
        "140 90": [(140, 72), (90, 48)],
        "100 128": [(100, 56), (128, 64)],
        "128 100": [(128, 64), (100, 56)],
        "120 126": [(120, 64), (126, 64)],
        "80 170": [(80, 48), (170, 96)],
        "100 150 100": [(100, 48), (150, 72), (100, 48)],
        "90 120 160": [(90, 40), (120, 56), (160, 72)],
        "110 82": [(110, 60), (82, 44)],
    }.items():
        add(f"change {name} rock", of_pattern, stepwise(parts), ROCK)
        add(f"change {name} clicks", of_pattern, stepwise(parts), [(n, pip, 0.8) for n in range(4)])
    add("change 120 140 house", of_pattern, stepwise([(120, 64), (140, 64)]), HOUSE)
    for name, tempo, seconds in (
        ("80 to 140 in 60 s", lambda t: 80 + t, 60),
        ("140 to 80 in 60 s", lambda t: 140 - t, 60),
        ("90 to 150 in 30 s", lambda t: 90 + 2 * t, 30),
        ("100 to 70 at the end", lambda t: 100 - 3 * max(0, t - 40), 50),
        ("100, to 130 in 8 s, 130", lambda t: float(np.interp(t, [25, 33], [100, 130])), 60),
    ):
        add(f"glide {name} rock", lambda tempo=tempo, seconds=seconds: of_pattern(gliding(tempo, seconds), ROCK))
        add(
            f"glide {name} clicks",
            lambda tempo=tempo, seconds=seconds: of_pattern(gliding(tempo, seconds), [(n, pip, 0.8) for n in range(4)]),
        )
    for depth, period in ((0.08, 12), (0.12, 9), (0.2, 15)):
        swaying = lambda t, depth=depth, period=period: 84 * (1 + depth * np.sin(2 * np.pi * t / period))  # noqa: E731
        for kind, pattern in (("clicks", [(n, pip, 0.8) for n in range(4)]), ("piano", RUBATO)):
            add(
                f"rubato {depth} {kind}",
                lambda swaying=swaying, pattern=pattern: of_pattern(gliding(swaying, 60), pattern),
            )
    return songs


RUBATO = [
    *[(n, chord(TRIADS[n % 4], 0.5, decay=0.3), 0.4) for n in range(4)],
    *[(n + 0.5, note(TRIADS[n % 4][1] * 2, 0.3, decay=0.2), 0.25) for n in range(4)],
    (0, note(55, 1.2, decay=0.5), 0.5),
]


def ambient(seconds: float = 60.0, seed: int = 0) -> Song:
    """Chords that swell into one another at no tempo, over noise: nothing beats."""
    rng = np.random.default_rng(seed)
    times = np.cumsum(rng.uniform(2.0, 6.0, 20))
    events = [(time, chord(TRIADS[n % 4], 6.0, attack=2.0), 0.2) for n, time in enumerate(times) if time < seconds - 6]
    return Song(played(events, seconds, 0.003, seed), np.zeros(0))


def with_break(song: Song, begin: float, end: float, gain: float = 0.1) -> Song:
    """The same, softer by a factor from one second to another."""
    samples = song.samples.copy()
    samples[round(begin * SAMPLE_RATE) : round(end * SAMPLE_RATE)] *= gain
    return Song(samples, song.beats, song.metre, song.bars)


HALF_TIME = [(0, thump, 0.9), (1, snare, 0.9), *[(n / 4, hat, 1.0 if n % 2 == 0 else 0.7) for n in range(8)]]
"""Two beats of a slow kick and snare under fast hats."""
DEMBOW = [*[(n, thump, 0.9) for n in range(4)], *[(n, snare, 0.7) for n in (0.75, 1.5, 2.75, 3.5)]]
FUNK = [
    *[(n, thump, 0.9) for n in (0, 1.5, 2.5)],
    *[(n, snare, 0.8) for n in (1, 3)],
    *[(n / 4, hat, (1.0, 0.4, 0.7, 0.4)[n % 4]) for n in range(16)],
]
BALLAD = [
    (0, note(55, 1.5, decay=0.8), 0.6),
    *[(n / 2, note(TRIADS[0][n % 3] * 2, 0.6, decay=0.4), 0.3 + 0.1 * (n % 2 == 0)) for n in range(6)],
]


def more_kinds() -> dict[str, Callable[[], Song]]:
    """Songs of further kinds, which nothing was tuned by."""
    songs: dict[str, Callable[[], Song]] = {"ambient": ambient}

    def add(name: str, times: Floats, pattern: Sequence[Event], metre: int = 4, loose: float = 0.0) -> None:
        songs[name] = lambda: of_pattern(times, pattern, metre, len(times), loose)

    def alter(name: str, new: str, change: Callable[..., Song], *args: float) -> None:
        make = songs.pop(name)
        songs[new] = lambda: change(make(), *args)

    for bpm in (70, 100, 130, 160, 190):
        add(f"rock {bpm}, loose", steady(bpm, 80), ROCK, loose=0.01)
        add(f"house {bpm}", steady(bpm, 80), HOUSE)
        alter(f"house {bpm}", f"house {bpm}, in a hall", in_a_hall)
    for bpm in (85, 105):
        add(f"funk {bpm}, loose", steady(bpm, 64), FUNK, loose=0.008)
    for bpm in (65, 70, 80):
        add(f"half-time {bpm}", steady(bpm, 64), HALF_TIME, 2)
    for bpm in (72, 96):
        add(f"3/4 ballad {bpm}", steady(bpm, 60), BALLAD, 3, loose=0.006)
    add("dembow 95", steady(95, 64), DEMBOW)
    add("swing 140, loose", steady(140, 96), SWING, loose=0.01)
    songs["6/8 54 ballad, loose"] = lambda: compound(54, "ballad", loose=0.01)
    add("rock 118", steady(118, 96), ROCK)
    alter("rock 118", "rock 118 with a break", with_break, 16, 28)
    add("house 126", steady(126, 96), HOUSE)
    alter("house 126", "house 126 with a break", with_break, 15, 30, 0.03)
    add("change 104 156 house", stepwise([(104, 56), (156, 72)]), HOUSE)
    add("change 88 132 88 rock, loose", stepwise([(88, 48), (132, 56), (88, 48)]), ROCK, loose=0.006)
    add("rubato 0.06 ballad", gliding(lambda t: 96 * (1 + 0.06 * float(np.sin(2 * np.pi * t / 14))), 60), BALLAD, 3)
    return songs
