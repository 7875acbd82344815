"""Text and language to a sound file: recorded files first, then a cache of spoken ones."""
