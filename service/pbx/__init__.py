"""Find, provision, run and stop an Asterisk."""
