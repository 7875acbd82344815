"""The only HTTP server: API, live events, pages, sign-in. Never imports the store."""
