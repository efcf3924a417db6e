"""Which items say the same where a contract wants them to differ: the same invoice twice."""
