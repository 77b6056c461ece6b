"""A dream that answers while somebody looks: sources that do not wait, a board of knobs, outputs that show.

source -> stage (follow, loop) -> show: the newest knobs -> outputs
"""
