"""Curves and numbers as people type them: what is wrong with one, most often quotes, in plain words."""

import re
import tomllib

LONGEST = 1000
"""Characters of a line that is looked into: of what people write by hand."""

SWITCHES = {"true": "true", "yes": "true", "on": "true", "false": "false", "no": "false", "off": "false"}
"""What people write for true and false -> what TOML has."""

_STRING = re.compile(r'"(?:\\.|[^"\\])*"|' + r"'[^']*'")
_NAME_AND_COLON = re.compile(r'(?:(?<![\w-])[A-Za-z_][\w-]*|"[^"]*")\s*:(?![/\\])')
_CURLY = re.compile("[\u201c\u201d\u201e\u2018\u2019]")
_UNCLOSED = {"inline table": "}", "array": "]"}
_LINE = re.compile(r"\(at line (\d+),")
_WORD = re.compile(
    r"(?P<name>[\w-]+\s*=)?(?P<before>(?(name)\s*|[\[,]\s*))(?P<word>[\w@][\w@.:/%-]*)(?![\w@.:/%-]|\s*=)"
)


def why_not_toml(error: Exception, text: str) -> str:
    """Why a text is not TOML: the word that has no quotes, with its line, and the like; else as the reader says it.

    Args:
        error: what tomllib raised.
        text: what it read.
    """
    found = _LINE.search(str(error))
    lines = text.split("\n")
    if not found or int(found[1]) > len(lines) or len(lines[int(found[1]) - 1]) > LONGEST:
        return _unclosed(error)
    place = f"line {found[1]}: " if len(lines) > 1 else ""
    line = _STRING.sub(lambda string: f'"{" " * (len(string[0]) - 2)}"', lines[int(found[1]) - 1]).partition("#")[0]
    sign = _wrong_sign(line)
    if sign:
        return place + sign
    bare = next((match for match in _WORD.finditer(line) if _is_bare(match["word"])), None)
    if bare is None:
        return _unclosed(error)
    name = f"{bare['name'].rstrip('= ')} = " if bare["name"] else ""
    if bare["word"].lower() in SWITCHES:
        return f"{place}{bare['word']} is no value of TOML; write {name}{SWITCHES[bare['word'].lower()]}"
    return f'{place}{bare["word"]} has no quotes; write {name}"{bare["word"]}"'


def _wrong_sign(line: str) -> str | None:
    """What to say of signs that other notations and word processors have; None: there are none."""
    sign = _CURLY.search(line)
    if sign:
        return f'{sign[0]} is no quote of TOML; write straight ones: "'
    return "a name has : after it; write = instead of :" if _NAME_AND_COLON.search(line) else None


def _unclosed(error: Exception) -> str:
    """An error as the reader says it, and which sign is missing if it is one that closes."""
    missing = next((sign for what, sign in _UNCLOSED.items() if f"Unclosed {what}" in str(error)), None)
    if missing is None:
        return str(error)
    comma = "" if "end of document" in str(error) else "comma or "
    return f"{error}; a {comma}closing {missing} is missing"


def _is_bare(word: str) -> bool:
    """Whether it is no value by itself, as numbers, true and false are."""
    if not any(map(str.isalpha, word)):
        return False
    try:
        tomllib.loads(f"value = {word}")
    except ValueError:
        return True
    return False


def as_number(raw: object, *, whole: bool) -> str:
    """The end of an error about a number with a decimal comma, or with its unit: how it is written; else ""."""
    match = re.fullmatch(r"(-?\d{1,9})(?:([.,])(\d{1,9}))?\s*([A-Za-z%]*)", str(raw), re.ASCII)
    if not match or not (match[2] == "," or match[4]):
        return ""
    if match[2] and (whole or (match[2] == "," and len(match[3]) == 3)):  # 1,000 may be a thousand
        return ""
    return f"; write {match[1]}{'.' if match[2] else ''}{match[3] or ''}"


def table_of(raw: object) -> object:
    """A TOML table that was written on the command line: '{ sine = [1, 0.3], period = "2s" }'."""
    if not isinstance(raw, str) or not raw.lstrip().startswith("{"):
        return raw
    try:
        return tomllib.loads(f"curve = {raw}")["curve"]
    except (ValueError, RecursionError) as error:
        quoted = (
            "" if any(sign in raw for sign in '"\u201c\u201d') else ", with '...' round all of it"
        )  # a shell has eaten the others
        raise ValueError(f"has a curve that is not TOML: {why_not_toml(error, raw)}{quoted}") from None
