"""The studio: a page of one's own machine, where looks are chosen, tuned, seen, queued and played.

The server dreams nothing: it holds what people made up their minds about, answers, and pushes. What dreams and listens
runs in processes beside it (`child`, `runner`), by the same jobs as the command line. Each part is a `Room`.
"""
