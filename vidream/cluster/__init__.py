"""Many machines: films, and the shots within a film, spread over a Ray cluster that is there already.

A unit is what needs nothing from outside: some whole shots of a film; or all of a film that cannot be cut up, a zoom, a
loop; or a picture. Nodes get what a unit reads, unless they have that very file themselves, and send back its
segments. They are kept in the film's session as they come, so that what has been done is done, whoever dies.
"""
