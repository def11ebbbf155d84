"""What happened? Rows that changed are captured by triggers in the migrations; dates that passed are captured here."""
