"""A render in one's own program, cancelled half-way and gone on with: `own_program.py samples/bunny.mp4 out.mp4`."""

import sys
import threading

import vidream

SOURCE, OUT = sys.argv[1:]
config = vidream.configure("video", draft=True)  # every knob, checked once
cancel = threading.Event()  # a button in another thread may set it, too


def on_event(event: vidream.Event) -> None:
    """Show progress, and want no more at half of the film."""
    if isinstance(event, vidream.FrameEvent) and event.total:
        print(f"{event.frames / event.total:.0%}, {event.seconds:.1f} s, brightness {event.picture.mean():.0f}")
        if event.frames >= event.total // 2:
            cancel.set()
    elif isinstance(event, vidream.MessageEvent):
        print(event.message)


try:
    vidream.render_video(SOURCE, OUT, config=config, on_event=on_event, cancel=cancel)
except vidream.Cancelled as cancelled:
    print(cancelled)
cancel.clear()
rendered = vidream.render_video(SOURCE, OUT, config=config, on_event=on_event)
print(f"{rendered.out}: {rendered.frames} frames")
