//! A run as data: what it is asked to do, its plan, and what is recorded and shown of it.

pub mod across;
pub mod ci;
pub mod consequence;
pub mod event;
pub mod facts;
pub mod first_error;
pub mod fold;
pub mod folder;

pub mod log;
pub mod mask;
pub mod options;
pub mod plan;
pub mod profile;
pub mod recorder;
pub mod report;
pub mod reserve;
pub mod resume;
pub mod run_record;
pub mod sample;
pub mod screen;
pub mod shortage;
pub mod strict;
pub mod surroundings;
pub mod verdict;
mod waits;
pub mod workspace;
