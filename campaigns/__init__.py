"""Who may be called, about what, when and how often. Knows no telephony, no clock and no SQL."""
