"""What can happen, as data: the rules, their variables, the statuses and the reasons. No I/O."""
