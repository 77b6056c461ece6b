"""What is to be rendered, as data: every frame, and how it follows from the one before; nothing is dreamed here.

source > timeline > follow > film > step     a film: frames, which are shown, cut flash or moved, as steps
seed > zoom > step                           a zoom: a picture, and a camera's moves, as steps
dream_pass                                   a dream that was written before, to be laid over its source again
mask, bars                                   where the dream is seen, and where it is not
cadence                                      how steps add up where not every frame is dreamed
inputs, memory                               files beside a source; how much memory a run takes
"""
