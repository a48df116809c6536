//! An entry of the process table: a process as it was when it was looked at.

/// A process as it was when it was looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Process {
    /// Its id.
    pub pid: i32,
    /// Its parent's id.
    pub parent: i32,
    /// Its process group.
    pub group: i32,
    /// `R`, `S`, `D`, `T`, `Z`…, as the kernel names the states.
    pub state: char,
    /// When it started, in a unit of the platform: with the id, this names a process for good.
    pub started: u64,
    /// Its command line; its name in brackets where it has none, as a zombie.
    pub argv: Vec<String>,
}

/// A socket that listens on a TCP port, and its owner where that can be seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Listener {
    /// The process that holds the socket; none when it belongs to another user.
    pub owner: Option<Process>,
}

impl Process {
    /// Whether it was looked at while it was becoming another program, so that its command line and
    /// its environment could not be seen.
    pub fn is_becoming(&self) -> bool {
        self.is_live() && self.argv.first().is_none_or(|name| name.starts_with('['))
    }

    /// Whether both are the same process, at whatever time they were looked at.
    pub fn is(&self, other: &Self) -> bool {
        (self.pid, self.started) == (other.pid, other.started)
    }

    /// Whether it still runs code: neither a zombie nor dead.
    pub fn is_live(&self) -> bool {
        !matches!(self.state, 'Z' | 'X')
    }

    /// Whether `now`, which has its id, is this very process, and live.
    pub(super) fn is_live_in(&self, now: Option<&Self>) -> bool {
        now.is_some_and(|now| now.is(self) && now.is_live())
    }

    /// Its command line in one line, cut to 200 characters.
    pub fn command_line(&self) -> String {
        self.argv.join(" ").escape_debug().take(200).collect()
    }
}
