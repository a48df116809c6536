//! The lock of a config home: one installer at a time.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::{ConfigHome, Refusal, guard};

/// How long an installer waits for another one. The largest bundle takes seconds.
const PATIENCE: Duration = Duration::from_secs(30);

/// The lock on a config home. The system lets it go when the process ends, however it ends.
pub struct Lock(#[expect(dead_code, reason = "it is held, not used")] File);

/// Waits until no other installer works on this config home, at most 30 seconds.
pub fn acquire(home: &ConfigHome) -> Result<Lock> {
    within(home, PATIENCE)
}

fn within(home: &ConfigHome, patience: Duration) -> Result<Lock> {
    guard::check_home(home)?;
    let path = home.lock();
    guard::check_inside(home, &path)?;
    let opened = DirBuilder::new().recursive(true).mode(0o700).create(home.state_home());
    let mut file = opened
        .and_then(|()| {
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).truncate(false).mode(0o600).open(&path)
        })
        .with_context(|| format!("write to the config home {}", home.root()))?;
    let deadline = Instant::now() + patience;
    while let Err(error) = file.try_lock() {
        if let TryLockError::Error(error) = error {
            return Err(error).with_context(|| format!("lock {path}"));
        }
        if Instant::now() >= deadline {
            let holder = std::fs::read_to_string(&path).unwrap_or_default();
            let why = format!("another installer (pid {}) holds {path}", holder.trim());
            let late = io::Error::from(io::ErrorKind::TimedOut);
            return Err(late).context(Refusal::new(why, "try again when it is done"));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    // The holder's id is for the message above alone, so a full disk is no reason to give up.
    let _ = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id()));
    Ok(Lock(file))
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::*;

    #[test]
    fn the_second_one_waits_for_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let home = ConfigHome::new(Utf8Path::from_path(folder.path()).unwrap());
        let first = acquire(&home).unwrap();
        let refused = within(&home, Duration::from_millis(20)).err().unwrap().to_string();
        assert!(refused.contains(&format!("pid {}", std::process::id())), "{refused}");
        drop(first);
        within(&home, Duration::ZERO).unwrap();
    }
}
