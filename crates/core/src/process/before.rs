//! What was there before: children that this process had when it became this program.
//!
//! A shell that starts a service and then replaces itself (`service & exec …`, `2> >(tee log)`) leaves the
//! service as a child of what takes its place. Such a child, and all that it starts, is not of this
//! program's making. What it leaves behind when it ends is known by its process group: whatever this
//! program starts leads a group of its own.

use std::collections::BTreeSet;
use std::sync::Mutex;

use super::Process;
use crate::sync;

static BEFORE: Mutex<Before> = Mutex::new(Before::NOTHING);

/// Processes that were there before a program began.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Before {
    /// Each with when it started.
    processes: BTreeSet<(i32, u64)>,
    /// Their process groups.
    groups: BTreeSet<i32>,
}

impl Before {
    const NOTHING: Self = Self { processes: BTreeSet::new(), groups: BTreeSet::new() };

    /// The children that this process has now, with all that descends from them.
    pub fn now() -> Self {
        let own = std::process::id() as i32;
        let found = super::descendants(own);
        let groups = found.iter().map(|process| process.group).collect();
        Self { processes: found.iter().map(|p| (p.pid, p.started)).collect(), groups }
    }

    /// The same, in words that [`Before::read`] reads.
    pub fn written(&self) -> String {
        let processes = self.processes.iter().map(|(pid, started)| format!("{pid}@{started}"));
        let groups = self.groups.iter().map(i32::to_string);
        processes.chain(groups).collect::<Vec<_>>().join(" ")
    }

    /// What was written; what cannot be read is left out.
    pub fn read(words: &str) -> Self {
        let mut before = Self::default();
        for word in words.split_whitespace() {
            match word.split_once('@') {
                Some((pid, started)) => {
                    let both = pid.parse().ok().zip(started.parse().ok());
                    before.processes.extend(both);
                }
                None => before.groups.extend(word.parse::<i32>()),
            }
        }
        before
    }

    /// From now on, these and all that descends from them belong to no family.
    pub fn keep_apart(self) {
        *sync::lock(&BEFORE) = self;
    }

    /// Those that are kept apart.
    pub fn kept_apart() -> Self {
        sync::lock(&BEFORE).clone()
    }

    fn has(&self, process: &Process) -> bool {
        self.processes.contains(&(process.pid, process.started))
            || self.groups.contains(&process.group)
    }
}

/// Takes those out of `all` that were there before. This very process may be in their group.
pub(super) fn leave_out(all: &mut Vec<Process>, roots: &[i32]) {
    let before = Before::kept_apart();
    if before != Before::NOTHING {
        all.retain(|process| roots.contains(&process.pid) || !before.has(process));
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    fn process(pid: i32, group: i32, started: u64) -> Process {
        Process { pid, parent: 1, group, state: 'S', started, argv: vec!["x".into()] }
    }

    #[test]
    fn what_was_there_is_known_by_its_start_and_what_it_leaves_by_its_group() {
        let all = [process(7, 7, 1), process(8, 7, 2)];
        let before = Before {
            processes: all.iter().map(|process| (process.pid, process.started)).collect(),
            groups: BTreeSet::from([7]),
        };
        assert_eq!(Before::read(&before.written()), before);
        assert_eq!(Before::read("x @1 7@ 12"), Before { groups: [12].into(), ..Before::default() });
        assert!(before.has(&process(8, 8, 2)) && before.has(&process(9, 7, 3)));
        assert!(!before.has(&process(8, 9, 3)));
    }
}
