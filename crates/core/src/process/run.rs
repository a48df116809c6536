//! The processes of a run, and the variable by which they are known.

use super::{Process, carrying};

/// The variable that all processes of a run carry, with the run's id as its value.
pub const RUN_ID: &str = "SMOKE_RUN_ID";

/// The live processes that carry the id of run `id`, without this one.
pub fn of_run(id: &str) -> Vec<Process> {
    carrying(RUN_ID, id)
}
