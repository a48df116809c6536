//! `--capture-diag-logs`: what the system says about itself before and after a run.

use std::fs;
use std::time::Duration;

use smoke_core::bound::Bound;
use smoke_core::cause::{Cause, Code};
use smoke_core::short;
use xshell::{Shell, cmd};

use crate::context::Context;

/// How long one question may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Writes `diag/WHEN-*.txt` in the run folder.
///
/// # Errors
/// The log of the kernel cannot be read, unless that was said to be all right.
pub fn capture(context: &Context, when: &str) -> Result<(), Cause> {
    for path in ["/proc/loadavg", "/proc/meminfo", "/proc/pressure/cpu", "/proc/pressure/memory"] {
        let name = path.trim_start_matches("/proc/").replace('/', "-");
        write(context, when, &name, &fs::read_to_string(path).unwrap_or_default());
    }
    let asked = ask(context, "ps", &["-eo", "pid,ppid,stat,pcpu,rss,etime,comm"]);
    write(context, when, "processes", &asked.unwrap_or_else(|error| format!("{error:#}")));
    match ask(context, "dmesg", &[]) {
        Ok(text) => write(context, when, "kernel", &text),
        Err(_) if context.options.capture.force_no_logs => {}
        Err(error) => {
            let summary = format!("the log of the kernel cannot be read: {error:#}");
            let next = "run it as a user who may read it, or add --force-no-logs";
            return Err(Cause::new(Code::PrerequisiteMissing, summary, next));
        }
    }
    Ok(())
}

fn ask(context: &Context, program: &str, arguments: &[&str]) -> anyhow::Result<String> {
    let shell = Shell::new()?;
    short::read(
        cmd!(shell, "{program} {arguments...}"),
        &context.environment,
        &Bound::within(PATIENCE),
    )
}

/// What cannot be written is missing, and nothing else depends on it.
fn write(context: &Context, when: &str, name: &str, text: &str) {
    let name = format!("diag/{when}-{name}.txt");
    let _ = context.folder.replace(&name, context.mask.hide(text).as_bytes());
}
