"""What each Lambda function does, a module for each; app.py imports one where its function is called.

So a cold start imports what its own function needs and nothing else.
"""
