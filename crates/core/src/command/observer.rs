//! The observer of a running command, and what passes between the two.

use crate::output::Stream;
use crate::silence::Quiet;

/// Who follows a running command.
pub trait Observer {
    /// A chunk of output arrived.
    fn output(&mut self, stream: Stream, bytes: &[u8]) -> Progress;

    /// It says nothing new, and was looked at.
    fn quiet(&mut self, _quiet: &Quiet) {}

    /// The command is going to be ended after [`Limits::notice`], unless it moves or exits.
    ///
    /// [`Limits::notice`]: super::Limits::notice
    fn nearly(&mut self) {}

    /// The command is about to be ended for this reason; nothing has been signalled yet.
    fn stalled(&mut self, end: End);
}

/// Whether output shows that something moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Something new was said.
    Made,
    /// Only what had been said before.
    None,
}

/// Why a command is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It exited by itself.
    Exited,
    /// Its deadline passed.
    Deadline,
    /// It made no progress for too long.
    NoProgress,
    /// A stop was asked for.
    Stopped,
}
