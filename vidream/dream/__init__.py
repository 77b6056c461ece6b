"""The dream itself: a network, what is wanted of it, its gradient on a picture of any size, octaves."""
