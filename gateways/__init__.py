"""Text messages, mail, look-ups, our own API: everything that goes out by HTTP. The only HTTP client."""
