//! Holds the docs to the program.
