//! What the binaries of this repository share: environments, commands, bounded waits, files and
//! the process tree. Nothing here prints, exits or knows a command line.

pub mod files;
