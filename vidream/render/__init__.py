"""Plans made into pictures, and kept: one loop for all that moves, one session for all that is stopped.

loop                                         the algorithm: carry, dream, hand on
state, composite                             what a frame hands on; what is seen of it
passes, output                               what else is shown of a frame; OUT and its passes, made in step
dreamer, ahead                               what dreams; reading steps while it does
sink                                         where rendered frames go
session, opening, segments, parted           a film on disk, whole or in parts
journal, fingerprint, leftovers, workfolder  its files: what they say, whose they are, what is left, where
"""
