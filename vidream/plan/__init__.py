"""What is to be rendered, as data: every frame, and how it follows from the one before; nothing is dreamed here."""
