"""Gateway to the Asterisk manager: hardened panoramisk behind the Telephony port."""
