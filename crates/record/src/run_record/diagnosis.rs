//! What is kept of a stall.

use serde::{Deserialize, Serialize};

/// What a person would have looked up when a step stalled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// The step that stalled.
    pub step: String,
    /// The processes of the run.
    pub processes: Vec<ProcessState>,
    /// The ports that they listen on.
    pub listening: Vec<Port>,
    /// Who listens on the port that the gateway was told, if anyone that can be seen does.
    pub on_expected_port: Vec<ProcessState>,
    /// The last lines of the logs that the stack and the step write.
    pub logs: Vec<LogTail>,
    /// How long tasks had to wait for CPU, memory and disk, in the words of the kernel.
    pub pressure: Vec<String>,
}

/// A process as it was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProcessState {
    /// Its id.
    pub pid: i32,
    /// Its parent.
    pub parent: i32,
    /// Its state, as the kernel names it.
    pub state: char,
    /// What it waits for in the kernel, where that can be seen.
    pub waits_for: Option<String>,
    /// Its command line.
    pub argv: Vec<String>,
}

/// A port that a process listens on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Port {
    /// The port.
    pub port: u16,
    /// The process.
    pub pid: i32,
}

/// The end of a log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogTail {
    /// The log's path.
    pub path: String,
    /// Its last lines.
    pub lines: Vec<String>,
}
