"""Commands to paste, by the command that they show: `--help` ends with them, the docs show them, too."""

from collections.abc import Mapping
from dataclasses import dataclass

from rich.markup import escape

WIDTH = 72
"""Characters that a command may have, so that it stands in one line of a terminal of 80 columns."""


@dataclass(frozen=True)
class Example:
    """A command, and what it is for."""

    command: str
    """As it is typed, without quotes and signs that one shell reads otherwise than another."""

    about: str
    """What comes of it, in a few words."""


EXAMPLES: Mapping[str, tuple[Example, ...]] = {
    "demo": (
        Example("vidream demo", "A first film, vidream-demo.mp4, and a player that shows it."),
        Example("vidream demo first.mp4 --no-open", "Under another name; nothing is opened."),
    ),
    "video": (
        Example("vidream video clip.mp4", "A film, with its sound: clip-dream.mp4."),
        Example("vidream video clip.mp4 try.mp4 --draft", "Small and fast, to judge the look first."),
        Example("vidream video clip.mp4 dream.mp4 --preset engraving --strength 0.7", "Another look, and less of it."),
        Example("vidream video clip.mp4 loop.gif --start 0:12 --end 0:15 --size 480", "Three seconds of it, as a GIF."),
    ),
    "zoom": (
        Example("vidream zoom photo.jpg", "Fall into a picture: photo-zoom.mp4."),
        Example("vidream zoom photo.jpg --preset journey", "A minute's flight, from world to world."),
        Example("vidream zoom clip.mp4@12.5 reel.mp4 --for reel", "Into a frame of a film, for a phone held upright."),
        Example("vidream zoom noise fall.mp4 --turn 4 --loop", "Out of nothing; the end leads into the start."),
    ),
    "music": (
        Example("vidream music song.mp3 photo.jpg", "A picture, in time with a song: song-music.mp4."),
        Example("vidream music song.mp3 photo.jpg kick.mp4 --preset kick", "A look that is made for music."),
        Example("vidream music song.wav clip.mp4 visual.mp4", "A film; each beat swells its forms."),
        Example("vidream music song.wav --dry-run --plot plan.png", "What is heard: beats, sections, loudness."),
    ),
    "image": (
        Example("vidream image photo.jpg", "One picture: photo-dream.png."),
        Example("vidream image photo.jpg deep.png --octaves 5 --steps 20", "Larger forms, and further."),
        Example("vidream image photo.jpg fish.png --toward goldfish", "Towards a thing; `vidream classes` lists them."),
        Example("vidream image photo.jpg like.png --guide other.jpg", "Each place becomes what it is like in another."),
    ),
    "live": (
        Example("vidream live", "The camera in, a window out; q ends it."),
        Example("vidream live screen", "What the screen shows."),
        Example("vidream live clip.mp4 --looks animals,melting", "For the stage; 1 and 2 change the look."),
        Example("vidream live camera --to show.mp4 --ears microphone", "Recorded, and moved by what is heard."),
    ),
    "batch": (
        Example("vidream batch album.toml --dry-run", "What there is to do: frames, time, disk."),
        Example("vidream batch album.toml", "All of it; run again, it goes on where it was."),
        Example("vidream batch album.toml --jobs 2", "Two films at a time."),
    ),
    "studio": (
        Example("vidream studio", "A page for the films, pictures and songs of this folder."),
        Example("vidream studio films --no-open", "Of another folder; the address is printed."),
    ),
    "composite": (
        Example("vidream video clip.mp4 film.mp4 --passes dream", "A film, and its dream alone, in film.dream."),
        Example("vidream composite clip.mp4 film.dream softer.mp4 --strength 0.5", "Half of it; no network runs."),
    ),
    "preview": (
        Example("vidream preview photo.jpg looks.png --presets", "One picture under every look."),
        Example("vidream preview clip.mp4@2 looks.png --preset video", "A film's frame, looks for films alone."),
        Example("vidream preview photo.jpg layers.png --layers", "Under every layer of the network."),
        Example("vidream preview photo.jpg channels.png --channels block10", "Under channels of a layer."),
    ),
    "report": (
        Example("vidream report clip.mp4 dream.mp4", "How steady it is, and how strong."),
        Example("vidream report clip.mp4 dream.mp4 --plot report.png", "Frame by frame, drawn."),
        Example("vidream report clip.mp4 dream.mp4 --max-flicker 2", "For a script: exit status 1 where it flickers."),
    ),
    "recipe": (
        Example("vidream recipe dream.mp4", "How it was made, and the command that makes it again."),
        Example("vidream video other.mp4 same.mp4 --preset dream.mp4", "Another film with the look of the first."),
    ),
    "presets": (
        Example("vidream presets", "Every look that comes with vidream."),
        Example("vidream preview photo.jpg looks.png --presets", "The same, as pictures of your own."),
        Example("vidream video clip.mp4 dream.mp4 --preset impasto", "One of them."),
    ),
    "networks": (
        Example("vidream networks", "Every network, and where its weights are."),
        Example("vidream image photo.jpg dream.png --network efficientnet-lite2", "One of them."),
    ),
    "layers": (
        Example("vidream layers efficientnet-lite0", "The layers of the default network."),
        Example("vidream image photo.jpg dream.png --layer block5_expand", "Dream with one of them."),
        Example("vidream image photo.jpg dream.png --layer block10:66", "With one of its channels."),
    ),
    "classes": (
        Example("vidream classes", "Groups of things that --toward may name."),
        Example("vidream classes dogs", "The things of a group."),
        Example("vidream image photo.jpg dream.png --toward dogs", "Dream towards them."),
    ),
    "clean": (
        Example("vidream clean", "What lies there, and how large it is."),
        Example("vidream clean --remove", "Remove it."),
    ),
    "bench": (
        Example("vidream bench", "A table."),
        Example("vidream bench --plot bench.png", "The same, drawn."),
        Example("vidream bench --json", "For a program."),
    ),
}
"""The name of each command -> two to four examples; the first is the plainest."""


def epilog(command: str) -> str:
    """What the help of a command ends with: its examples, as Rich's markup; no line of it is ever folded at 80."""
    lines = ["Examples:"]
    for example in EXAMPLES[command]:
        lines += [f"  {example.about}", f"    {example.command}"]
    return "\n" + escape("\n".join(lines))
