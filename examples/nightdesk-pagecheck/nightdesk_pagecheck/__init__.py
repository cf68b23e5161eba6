"""Kind `pagecheck`: a page is there, quick enough, and says what it should."""
