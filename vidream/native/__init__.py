"""What is computed by compiled code of our own, and how Python calls it; everything works without, slower."""
