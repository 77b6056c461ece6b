"""Texts <-> an XMP packet, the XML in which JPEG, WebP and TIFF carry metadata (ISO 16684-1)."""

import re
from collections.abc import Mapping
from html import escape
from xml.parsers import expat

NAMESPACE = "urn:vidream:text"
LONGEST = 2**20
"""Bytes; a longer packet was not written by vidream, and is not read."""
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,78}")
"""Names that a text may have in every kind of picture."""
ALIEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML cannot hold."""


def packet_of(texts: Mapping[str, str]) -> bytes:
    """An XMP packet that holds texts.

    Args:
        texts: by name, see NAME. Characters that XML cannot hold become U+FFFD.
    """
    properties = "".join(f"<v:{name}>{_escaped(text)}</v:{name}>" for name, text in texts.items())
    description = f'<rdf:Description rdf:about="" xmlns:v="{NAMESPACE}">{properties}</rdf:Description>'
    rdf = f'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">{description}</rdf:RDF>'
    begin = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    return f'{begin}<x:xmpmeta xmlns:x="adobe:ns:meta/">{rdf}</x:xmpmeta><?xpacket end="w"?>'.encode()


def _escaped(text: str) -> str:
    return escape(ALIEN.sub("\ufffd", text), quote=False).replace("\r", "&#13;")


def texts_of(packet: bytes) -> dict[str, str]:
    """The texts that `packet_of` put into a packet, also if another program has rewritten the packet since.

    Args:
        packet: XML, not trusted. There are no texts in one that is damaged, longer than LONGEST, or has a document
            type, whose entities could expand without bound.
    """
    if len(packet) > LONGEST:
        return {}
    reader = _Reader()
    try:
        reader.parser.Parse(packet.rstrip(b"\0"), True)
    except (expat.ExpatError, ValueError):
        return {}
    return reader.texts


class _Reader:
    """Collects the elements and attributes of NAMESPACE."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.name: str | None = None
        self.parts: list[str] = []
        self.parser = expat.ParserCreate(namespace_separator="|")
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters

    def _refuse(self, *_: object) -> None:
        raise ValueError("an XMP packet has no document type")

    def _start(self, element: str, attributes: Mapping[str, str]) -> None:
        space, _, name = element.rpartition("|")
        if space == NAMESPACE:
            self.name, self.parts = name, []
        for attribute, value in attributes.items():
            space, _, name = attribute.rpartition("|")
            if space == NAMESPACE:
                self.texts[name] = value

    def _end(self, element: str) -> None:
        if self.name is not None and element == f"{NAMESPACE}|{self.name}":
            self.texts[self.name], self.name = "".join(self.parts), None

    def _characters(self, characters: str) -> None:
        if self.name is not None:
            self.parts.append(characters)
