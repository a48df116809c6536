//! A sample of what a run uses of the machine at a moment.

use serde::{Deserialize, Serialize};

/// What the run, this program included, used of the machine since the look before.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// CPU time, in microseconds.
    pub cpu_us: u64,
    /// Over how long, in microseconds.
    pub over_us: u64,
    /// Memory held now, in KiB. Pages that several processes share are counted for each.
    pub memory_kib: u64,
    /// How many processes there are now.
    pub processes: usize,
    /// How long tasks of the whole machine had to wait, where the kernel tells.
    #[serde(default)]
    pub pressure: Option<Pressure>,
    /// The processes that were not there before.
    #[serde(default)]
    pub started: Vec<StartedProcess>,
    /// Those that are gone.
    #[serde(default)]
    pub ended: Vec<i32>,
}

/// For how long some task had to wait, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pressure {
    /// For a CPU.
    pub cpu_us: u64,
    /// For memory.
    pub memory_us: u64,
    /// For a disk.
    pub io_us: u64,
}

/// A process that the run has started, as it was when it was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StartedProcess {
    /// Its id.
    pub pid: i32,
    /// Its parent.
    pub parent: i32,
    /// Its command line, cut.
    pub argv: Vec<String>,
    /// The step that started it, if it says so.
    pub step: Option<String>,
}
