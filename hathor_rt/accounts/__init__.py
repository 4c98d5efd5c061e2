"""People: guests now, accounts on the same principal later."""
