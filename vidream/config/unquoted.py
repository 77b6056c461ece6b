"""What a newcomer's TOML lacks most often, the quotes round a word, said in plain words."""

import re
import tomllib

LONGEST = 1000
"""Characters of a line that is looked into: of what people write by hand."""

SWITCHES = {"true": "true", "yes": "true", "on": "true", "false": "false", "no": "false", "off": "false"}
"""What people write for true and false -> what TOML has."""

_STRING = re.compile(r'"(?:\\.|[^"\\])*"|' + r"'[^']*'")
_LINE = re.compile(r"\(at line (\d+),")
_WORD = re.compile(
    r"(?P<name>[\w-]+\s*=)?(?P<before>(?(name)\s*|[\[,]\s*))(?P<word>[\w@][\w@.:/%-]*)(?![\w@.:/%-]|\s*=)"
)


def why_not_toml(error: Exception, text: str) -> str:
    """Why a text is not TOML: the word that has no quotes, with its line; else as the reader says it.

    Args:
        error: what tomllib raised.
        text: what it read.
    """
    found = _LINE.search(str(error))
    lines = text.split("\n")
    if not found or int(found[1]) > len(lines) or len(lines[int(found[1]) - 1]) > LONGEST:
        return str(error)
    line = _STRING.sub(lambda string: " " * len(string[0]), lines[int(found[1]) - 1]).partition("#")[0]
    bare = next((match for match in _WORD.finditer(line) if _is_bare(match["word"])), None)
    if bare is None:
        return str(error)
    name = f"{bare['name'].rstrip('= ')} = " if bare["name"] else ""
    place = f"line {found[1]}: " if len(lines) > 1 else ""
    if bare["word"].lower() in SWITCHES:
        return f"{place}{bare['word']} is no value of TOML; write {name}{SWITCHES[bare['word'].lower()]}"
    return f'{place}{bare["word"]} has no quotes; write {name}"{bare["word"]}"'


def _is_bare(word: str) -> bool:
    """Whether it is no value by itself, as numbers, true and false are."""
    if not any(map(str.isalpha, word)):
        return False
    try:
        tomllib.loads(f"value = {word}")
    except ValueError:
        return True
    return False
