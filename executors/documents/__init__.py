"""Kind `document`: a row of data and a template make a file."""
