//! The end-to-end tests: the real binaries, run as people run them.

mod gateways;
