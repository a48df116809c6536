//! Processes that last: one that is about to end by itself, such as a helper whose parent has just ended,
//! is left behind by nobody.

use std::thread;
use std::time::{Duration, Instant};

use super::{Process, find};

/// Within so long a process ends that has nothing to do any more.
const MOMENT: Duration = Duration::from_millis(100);

/// One that waits for a processor meanwhile gets more, up to this.
const LONGEST: Duration = Duration::from_secs(3);

/// Those of `processes` that do not end by themselves in a moment, as they are then.
pub fn lasting(mut processes: Vec<Process>) -> Vec<Process> {
    const POLL: Duration = Duration::from_millis(5);
    let begin = Instant::now();
    loop {
        let now = processes
            .iter()
            .filter_map(|known| find(known.pid).filter(|now| now.is(known) && now.is_live()));
        processes = now.collect();
        let waits = |process: &Process| process.state == 'R' || process.is_becoming();
        let most = if processes.iter().any(waits) { LONGEST } else { MOMENT };
        if processes.is_empty() || begin.elapsed() >= most {
            return processes;
        }
        thread::sleep(POLL);
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn what_ends_by_itself_is_not_among_them() {
        let start = |time: &str| Command::new("sleep").arg(time).spawn().unwrap();
        let (mut short, mut long) = (start("0.02"), start("43"));
        let both = [&short, &long].map(|child| find(child.id() as i32).unwrap());
        let left: Vec<i32> = lasting(both.to_vec()).iter().map(|process| process.pid).collect();
        assert_eq!(left, [long.id() as i32]);
        long.kill().unwrap();
        assert!(short.wait().is_ok() && long.wait().is_ok());
    }
}
