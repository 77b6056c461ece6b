"""Plans made into pictures: one loop for all that moves."""
