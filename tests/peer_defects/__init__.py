"""Defects seen in other collaboration servers, each as a test that shows this one does not have it.

`docs/testing.md` lists them all, with those that tests elsewhere prove already.
"""
