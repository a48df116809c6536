//! The measure of one command.

use std::fs::{self, OpenOptions};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use camino::Utf8Path;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use smoke_core::text::tail;
use smoke_core::{detached, threads};

use super::place::Place;

/// The longest that one measured command may take.
const DEADLINE: Duration = Duration::from_secs(1800);

/// How long a command may take to end itself once it is told to.
const GRACE: Duration = Duration::from_secs(15);

/// The pause between two looks at the wish to stop.
const LOOK: Duration = Duration::from_millis(20);

/// The pause between two looks at the memory of a command.
const LOOK_AT_MEMORY: Duration = Duration::from_millis(1);

/// What one command took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    /// Seconds from its start to its end.
    pub seconds: f64,
    /// The CPU seconds of it and of the children that it waited for, in hundredths; those of all
    /// commands that ended meanwhile, if there were several at once.
    pub cpu: f64,
    /// The most memory it held, in bytes; 0 where nobody looked, or the system does not say.
    pub peak: u64,
}

/// A command that runs.
pub struct Running {
    child: Child,
    start: Instant,
    cpu: f64,
    exit: Receiver<Instant>,
}

impl Place {
    /// Runs the command in `cwd` to its end, which has to be exit code 0.
    ///
    /// # Errors
    /// It cannot be started, it fails, or somebody asked to stop.
    pub fn run(&self, argv: &[&str], cwd: &Utf8Path) -> Result<Cost> {
        let (status, cost) = self.start(argv, cwd)?.wait(self, LOOK)?;
        self.check(argv, status).map(|()| cost)
    }

    /// As [`Place::run`], and looks at the command's memory all the time, which costs a little.
    ///
    /// # Errors
    /// As [`Place::run`].
    pub fn run_watched(&self, argv: &[&str], cwd: &Utf8Path) -> Result<Cost> {
        let (status, cost) = self.start(argv, cwd)?.wait(self, LOOK_AT_MEMORY)?;
        self.check(argv, status).map(|()| cost)
    }

    /// What the command prints, which it has to end with exit code 0.
    ///
    /// # Errors
    /// As [`Place::run`].
    pub fn read(&self, argv: &[&str]) -> Result<String> {
        let out = self.path().join("out");
        let script = ["sh", "-c", "exec \"$@\" > \"$0\"", out.as_str()];
        self.run(&[&script[..], argv].concat(), self.path())?;
        fs::read_to_string(&out).context("read what a command said")
    }

    /// Starts the command in `cwd`; what it says goes to a log of the place.
    ///
    /// # Errors
    /// It cannot be started, or somebody asked to stop.
    pub fn start(&self, argv: &[&str], cwd: &Utf8Path) -> Result<Running> {
        self.go_on()?;
        let log = OpenOptions::new().create(true).append(true).open(self.path().join("log"))?;
        let shown = argv.join(" ");
        let argv: Vec<String> = argv.iter().map(|word| (*word).to_owned()).collect();
        let (cpu, start) = (cpu_of_children(), Instant::now());
        let child = detached::start(&argv, cwd, &self.environment, Stdio::null(), &log);
        let child = child.with_context(|| format!("start `{shown}`"))?;
        let exit = follow(&child)?;
        Ok(Running { child, start, cpu, exit })
    }

    /// That a command exited with 0.
    ///
    /// # Errors
    /// It did not; with the end of what it said.
    pub fn check(&self, argv: &[&str], status: ExitStatus) -> Result<()> {
        if status.success() {
            return Ok(());
        }
        self.go_on()?;
        let said = tail::lines(&self.path().join("log"), 20).join("\n");
        bail!("`{}` failed ({status}):\n{said}", argv.join(" "));
    }
}

impl Running {
    /// Waits for the end of the command.
    ///
    /// # Errors
    /// It took too long, or somebody asked to stop: then it is ended.
    pub fn end(self, place: &Place) -> Result<(ExitStatus, Cost)> {
        self.wait(place, LOOK)
    }

    /// As [`Running::end`], and looks at the command's memory all the time, which costs a little.
    ///
    /// # Errors
    /// As [`Running::end`].
    pub fn end_watched(self, place: &Place) -> Result<(ExitStatus, Cost)> {
        self.wait(place, LOOK_AT_MEMORY)
    }

    fn wait(mut self, place: &Place, look: Duration) -> Result<(ExitStatus, Cost)> {
        let mut peak = 0;
        let end = loop {
            match self.exit.recv_timeout(look) {
                Ok(end) => break end,
                Err(RecvTimeoutError::Disconnected) => bail!("a child is not to be waited for"),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if look == LOOK_AT_MEMORY {
                peak = peak.max(memory(&self.child));
            }
            if place.stop.is_set() || self.start.elapsed() > DEADLINE {
                return self.give_up(place);
            }
        };
        let status = self.child.wait().context("wait for a child")?;
        let seconds = (end - self.start).as_secs_f64();
        Ok((status, Cost { seconds, cpu: cpu_of_children() - self.cpu, peak }))
    }

    /// What has started other processes gets the time to end them.
    fn give_up(&mut self, place: &Place) -> Result<(ExitStatus, Cost)> {
        let group = Pid::from_raw(self.child.id() as i32).context("find a child")?;
        let _ = kill_process_group(group, Signal::INT);
        if self.exit.recv_timeout(GRACE).is_err() {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let status = self.child.wait().context("wait for a child")?;
        place.go_on()?;
        bail!("a command took longer than {DEADLINE:?} (ended with {})", status.into_raw());
    }
}

/// Tells when the child ends. It is not reaped, so that its group can be signalled until then.
fn follow(child: &Child) -> Result<Receiver<Instant>> {
    let pid = Pid::from_raw(child.id() as i32).context("find a child")?;
    let (sender, receiver) = channel();
    threads::start(move || {
        let exited = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        while matches!(waitid(WaitId::Pid(pid), exited), Err(rustix::io::Errno::INTR)) {}
        let _ = sender.send(Instant::now());
    })
    .context("follow a child")?;
    Ok(receiver)
}

/// The CPU seconds of all children that were waited for, and of theirs; 0 where the system does
/// not say.
fn cpu_of_children() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the program, which comes second, may have spaces and brackets.
    let fields = stat.rsplit_once(')').map(|(_, fields)| fields).unwrap_or_default();
    let ticks =
        fields.split_whitespace().skip(13).take(2).filter_map(|word| word.parse::<f64>().ok());
    ticks.sum::<f64>() / rustix::param::clock_ticks_per_second() as f64
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
    use smoke_core::environment::Environment;
    use smoke_core::stop::Stop;

    use super::*;

    fn place(stop: &Stop) -> Place {
        let folder = std::env::temp_dir();
        Place::new(Utf8Path::from_path(&folder).unwrap(), &Environment::inherited(), stop).unwrap()
    }

    #[test]
    fn a_failed_command_is_no_measurement_and_says_why() {
        let place = place(&Stop::default());
        let run = |script| place.run(&["sh", "-c", script], place.path());
        let error = run("echo it broke; exit 3").unwrap_err().to_string();
        assert!(error.contains("it broke") && error.contains("exit status: 3"), "{error}");
        assert!(run("true").unwrap().seconds > 0.0);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn time_cpu_and_memory_are_those_of_the_command() {
        let place = place(&Stop::default());
        let script = "i=0; while [ $i -lt 300000 ]; do i=$((i + 1)); done";
        let busy = place.run_watched(&["sh", "-c", script], place.path()).unwrap();
        assert!(busy.cpu > 0.01 && busy.peak > 100_000, "{busy:?}");
        let idle = place.run(&["sleep", "0.2"], place.path()).unwrap();
        assert!(idle.seconds >= 0.2, "{idle:?}");
    }

    #[test]
    fn a_wish_to_stop_ends_what_runs() {
        let stop = Stop::default();
        let place = place(&stop);
        let running = place.start(&["sleep", "1000.25"], place.path()).unwrap();
        stop.note(2);
        assert_eq!(running.end(&place).unwrap_err().to_string(), "stopped");
        assert!(place.start(&["true"], place.path()).is_err());
    }
}
