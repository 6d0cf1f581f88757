"""What terms can add in each window of documents: nothing of it is seen from Python."""
