"""What differs between Linux, macOS and Windows, asked for in one place each.

Devices of a live dream have rooms of their own: see docs/architecture.md.
"""
