//! One command, measured.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use smoke_core::environment::Environment;

use crate::{project, screen};

/// The longest that one measured command may take.
const DEADLINE: Duration = Duration::from_secs(300);

/// The pause between two looks at a running command. Its memory is read that often.
const PAUSE: Duration = Duration::from_millis(1);

/// What one command took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    /// Seconds from its start to its end.
    pub seconds: f64,
    /// The most memory it held, in bytes; 0 where the system does not say.
    pub peak: u64,
}

/// Builds this program as a release, in a target folder of its own, and returns its path.
pub fn release_build(root: &Utf8Path, environment: &Environment) -> Result<Utf8PathBuf> {
    let target = project::target(root).join("bench");
    let cargo = environment.get("CARGO").unwrap_or("cargo").to_owned();
    screen::say(&format!("building {target}/release/xtask"));
    let status = Command::new(&cargo)
        .args(["build", "--quiet", "--locked", "--release", "--package", "xtask"])
        .args(["--target-dir", target.as_str()])
        .current_dir(root)
        .env_clear()
        .envs(environment.iter().map(|(key, variable)| (key, &variable.value)))
        .status()
        .with_context(|| format!("start {cargo}"))?;
    if !status.success() {
        bail!("the release build failed: {status}");
    }
    Ok(target.join("release/xtask"))
}

/// Runs the command to its end, which has to be exit code 0.
pub fn run(command: &mut Command) -> Result<Cost> {
    let shown = format!("{command:?}");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let mut child = command.spawn().with_context(|| format!("start {shown}"))?;
    let mut peak = 0;
    let status = loop {
        peak = peak.max(memory(&child));
        if let Some(status) = child.try_wait().context("wait for a child")? {
            break status;
        }
        if start.elapsed() > DEADLINE {
            child.kill().and_then(|()| child.wait()).context("end a child")?;
            bail!("{shown} took longer than {DEADLINE:?}");
        }
        thread::sleep(PAUSE);
    };
    if !status.success() {
        bail!("{shown} failed: {status}");
    }
    Ok(Cost { seconds: start.elapsed().as_secs_f64(), peak })
}

/// The middle one of some costs; the memory is the most of all.
pub fn median(mut costs: Vec<Cost>) -> Cost {
    costs.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
    let seconds = costs.get(costs.len() / 2).map_or(0.0, |cost| cost.seconds);
    Cost { seconds, peak: costs.iter().map(|cost| cost.peak).max().unwrap_or(0) }
}

/// The high-water mark, which the system keeps while the process lives.
fn memory(child: &Child) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_command_is_no_measurement() {
        assert!(run(&mut Command::new("false")).is_err());
        assert!(run(&mut Command::new("true")).unwrap().seconds > 0.0);
    }

    #[test]
    fn the_median_is_the_middle_one() {
        let cost = |seconds, peak| Cost { seconds, peak };
        let middle = median(vec![cost(9.0, 1), cost(1.0, 7), cost(2.0, 3)]);
        assert_eq!((middle.seconds, middle.peak), (2.0, 7));
    }
}
