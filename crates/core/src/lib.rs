//! What the binaries of this repository share: environments, commands, bounded waits, files and
//! the process tree. Nothing here prints, exits or knows a command line.

pub mod abandon;
pub mod apart;
pub mod attended;
pub mod awake;
pub mod beneath;
pub mod bound;
pub mod cause;
pub mod command;
pub mod copy;
pub mod detached;
pub mod dotenv;
pub mod environment;
pub mod files;
pub mod finding;
#[cfg(any(test, feature = "fuzz"))]
pub mod fuzz;
pub mod git;
pub mod name;
pub mod novelty;
pub mod output;
pub mod piped;
mod prepared;
pub mod process;
pub mod program;
pub mod project;
pub mod remove;
pub mod short;
mod sigchld;
pub mod signals;
pub mod silence;
mod spelt;
pub mod stop;
pub mod sweep;
pub mod sync;
pub mod text;
pub mod threads;
pub mod toml;
pub mod wait;
pub mod waited;
pub mod writers;
