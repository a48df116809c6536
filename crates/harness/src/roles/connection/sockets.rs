//! Which sockets at the gateway's address are known to be the run's.

use std::collections::BTreeSet;

use smoke_core::process::sockets::Descriptor;

/// The sockets at the gateway's address, as far as it was looked into whose they are.
#[derive(Debug, Default)]
pub struct Sockets {
    /// Those that were there before the gateway was started for the first time.
    pub before: Option<BTreeSet<u64>>,
    /// Those that are known to be the run's, or an entry to it.
    pub ours: BTreeSet<u64>,
    /// By what a process of the run holds the one that answers: as long as it does, nobody else answers.
    pub held: Option<Descriptor>,
}
