"""Files in and out: films, sound, pictures."""
