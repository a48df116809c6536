//! A run: its plan, the runner that carries it out, and what is recorded of it.

pub mod abandon;
pub mod context;
pub mod event;
pub mod finding;
pub mod first_error;
pub mod fold;
pub mod folder;
pub mod leaks;
pub mod log;
pub mod lookout;
pub mod mask;
pub mod output;
pub mod paths;
pub mod port;
pub mod record;
pub mod recorder;
pub mod reserve;
pub mod runner;
pub mod sample;
pub mod settings;
pub mod step;
pub mod surroundings;
pub mod waits;
pub mod workspace;
