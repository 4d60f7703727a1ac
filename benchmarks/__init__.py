"""Measurements of the finished demonstration run (`quality`) and of single parts against named peers (`speed`)."""
