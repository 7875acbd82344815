"""What is said to the person on the line, and what they pressed. FastAGI lives here."""
